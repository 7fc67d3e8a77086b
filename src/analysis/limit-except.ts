/** Whether a method passes by a `limit_except` of these methods: GET takes HEAD along (row 2.43). */
export function passesLimitExcept(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

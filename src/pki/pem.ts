/** A PEM file as a configuration names it. */
export interface PemFile {
  /** The path as it is shown to people. */
  readonly path: string;
}

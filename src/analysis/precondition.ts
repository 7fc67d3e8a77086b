/**
 * Why it is open whether a back end is asked behind a 412: nginx connects to it, and ends the connection of the client at once
 * (ngx_http_filter_finalize_request, row 8.57b).
 */
export const PRECONDITION = 'nginx ends the connection as soon as it has asked the back end, if it gets so far';

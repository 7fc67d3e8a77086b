/**
 * The directives of nginx and of the modules in Debian's nginx-extras, as their modules declare them
 * (`ngx_command_t`: name, type). Rows without a version were read out of the command tables of Debian 12's nginx 1.22.1
 * and compared with it by `npm run check:directives`; rows with `since` are from nginx's own source and change log, njs
 * rows from njs's source.
 *
 *     # MODULE (KIND) SOURCE
 *     NAME | CONTEXTS | ARGUMENTS | INHERITANCE
 *
 * KIND is the type of the module: core, events, http, stream or mail. CONTEXTS are the blocks that may hold the
 * directive, within the kind: `server` is that of http, stream or mail. `server-if` and `location-if` are the `if`
 * blocks of a server and of a location (NGX_HTTP_SIF_CONF, NGX_HTTP_LIF_CONF). ARGUMENTS is a list of counts and ranges,
 * `1+` (NGX_CONF_1MORE), `2+` (NGX_CONF_2MORE), `any` or `flag` (ngx_conf_set_flag_slot: on or off); `{}` says that a block
 * follows (NGX_CONF_BLOCK).
 * INHERITANCE, by the module's merge function: nothing means that the nearest value wins; `list`, that a block with one
 * entry drops all inherited ones; `add`, that entries are added to the inherited ones; `none`, that the directive works
 * in its own block only. `once`: a second one in the same block is refused. `since` and `until` name the first version
 * that has the directive, and the first that has it no more.
 */
export const DIRECTIVE_TABLE = `
# ngx_core_module (core) src/core/nginx.c
daemon | main | flag | once
master_process | main | flag | once
timer_resolution | main | 1 | once
pid | main | 1 | once
lock_file | main | 1 | once
worker_processes | main | 1 | once
debug_points | main | 1 | once
user | main | 1-2 | once
worker_priority | main | 1 | once
worker_cpu_affinity | main | 1+ | once
worker_rlimit_nofile | main | 1 | once
worker_rlimit_core | main | 1 | once
worker_shutdown_timeout | main | 1 | once
working_directory | main | 1 | once
env | main | 1 | none
load_module | main | 1 | none

# ngx_errlog_module (core) src/core/ngx_log.c
error_log | main | 1+ | list

# ngx_conf_module (core) src/core/ngx_conf_file.c
include | any | 1 | none

# ngx_openssl_module (core) src/event/ngx_event_openssl.c
ssl_engine | main | 1
ssl_object_cache_inheritable | main | flag | once since 1.27.4

# ngx_regex_module (core) src/core/ngx_regex.c
pcre_jit | main | flag | once

# ngx_events_module (core) src/event/ngx_event.c
events | main | 0 {} | none once

# ngx_thread_pool_module (core) src/core/ngx_thread_pool.c
thread_pool | main | 2-3 | none

# ngx_http_module (core) src/http/ngx_http.c
http | main | 0 {} | none once

# ngx_stream_module (core) src/stream/ngx_stream.c
stream | main | 0 {} | none once

# ngx_mail_module (core) src/mail/ngx_mail.c
mail | main | 0 {} | none once

# ngx_quic_bpf_module (core) src/event/quic/ngx_event_quic_bpf.c
quic_bpf | main | flag | once since 1.25.0

# ngx_google_perftools_module (core) src/misc/ngx_google_perftools_module.c
google_perftools_profiles | main | 1 | once

# ngx_event_core_module (events) src/event/ngx_event.c
worker_connections | events | 1 | once
use | events | 1 | once
multi_accept | events | flag | once
accept_mutex | events | flag | once
accept_mutex_delay | events | 1 | once
debug_connection | events | 1 | none

# ngx_epoll_module (events) src/event/modules/ngx_epoll_module.c
epoll_events | events | 1 | once
worker_aio_requests | events | 1 | once

# ngx_http_core_module (http) src/http/ngx_http_core_module.c
variables_hash_max_size | http | 1 | once
variables_hash_bucket_size | http | 1 | once
server_names_hash_max_size | http | 1 | once
server_names_hash_bucket_size | http | 1 | once
server | http | 0 {} | none
connection_pool_size | http server | 1 | once
request_pool_size | http server | 1 | once
client_header_timeout | http server | 1 | once
client_header_buffer_size | http server | 1 | once
large_client_header_buffers | http server | 2 | once
ignore_invalid_headers | http server | flag | once
merge_slashes | http server | flag | once
underscores_in_headers | http server | flag | once
location | server location | 1-2 {} | none
listen | server | 1+ | none
server_name | server | 1+ | none
types_hash_max_size | http server location | 1 | once
types_hash_bucket_size | http server location | 1 | once
types | http server location | 0 {} | none
default_type | http server location | 1 | once
root | http server location location-if | 1 | once
alias | location | 1 | once
limit_except | location | 1+ {} | none
client_max_body_size | http server location | 1 | once
client_body_buffer_size | http server location | 1 | once
client_body_timeout | http server location | 1 | once
client_body_temp_path | http server location | 1-4 | once
client_body_in_file_only | http server location | 1 | once
client_body_in_single_buffer | http server location | flag | once
sendfile | http server location location-if | flag | once
sendfile_max_chunk | http server location | 1 | once
subrequest_output_buffer_size | http server location | 1 | once
aio | http server location | 1 | once
aio_write | http server location | flag | once
read_ahead | http server location | 1 | once
directio | http server location | 1 | once
directio_alignment | http server location | 1 | once
tcp_nopush | http server location | flag | once
tcp_nodelay | http server location | flag | once
send_timeout | http server location | 1 | once
send_lowat | http server location | 1 | once
postpone_output | http server location | 1 | once
limit_rate | http server location location-if | 1 | once
limit_rate_after | http server location location-if | 1 | once
keepalive_time | http server location | 1 | once
keepalive_timeout | http server location | 1-2 | once
keepalive_requests | http server location | 1 | once
keepalive_disable | http server location | 1-2
satisfy | http server location | 1 | once
auth_delay | http server location | 1 | once
internal | location | 0 | once
lingering_close | http server location | 1 | once
lingering_time | http server location | 1 | once
lingering_timeout | http server location | 1 | once
reset_timedout_connection | http server location | flag | once
absolute_redirect | http server location | flag | once
server_name_in_redirect | http server location | flag | once
port_in_redirect | http server location | flag | once
msie_padding | http server location | flag | once
msie_refresh | http server location | flag | once
log_not_found | http server location | flag | once
log_subrequest | http server location | flag | once
recursive_error_pages | http server location | flag | once
server_tokens | http server location | 1 | once
if_modified_since | http server location | 1 | once
max_ranges | http server location | 1 | once
chunked_transfer_encoding | http server location | flag | once
etag | http server location | flag | once
error_page | http server location location-if | 2+ | list
post_action | http server location location-if | 1 | once
error_log | http server location | 1+ | list
open_file_cache | http server location | 1-2 | once
open_file_cache_valid | http server location | 1 | once
open_file_cache_min_uses | http server location | 1 | once
open_file_cache_errors | http server location | flag | once
open_file_cache_events | http server location | flag | once
resolver | http server location | 1+ | once
resolver_timeout | http server location | 1 | once
gzip_vary | http server location | flag | once
gzip_http_version | http server location | 1 | once
gzip_proxied | http server location | 1+
gzip_disable | http server location | 1+ | list
disable_symlinks | http server location | 1-2 | once
early_hints | http server location | 1+ | list since 1.29.0
keepalive_min_timeout | http server location | 1 | once since 1.27.4
client_body_early_read | http server location | flag | once since 1.31.5

# ngx_http_log_module (http) src/http/modules/ngx_http_log_module.c
log_format | http | 2+ | none
access_log | http server location location-if limit_except | 1+ | list
open_log_file_cache | http server location | 1-4 | once

# ngx_http_header_count_module (http) Debian's patch of 1.22.1; in ngx_http_core_module since 1.29.8
max_headers | http server | 1 | once

# ngx_http_upstream_module (http) src/http/ngx_http_upstream.c
upstream | http | 1 {} | none
server | upstream | 1+ | none
resolver | upstream | 1+ | none since 1.27.3
resolver_timeout | upstream | 1 | none once since 1.27.3

# ngx_http_v2_module (http) src/http/v2/ngx_http_v2_module.c
http2_recv_buffer_size | http | 1 | once
http2_pool_size | http server | 1 | once
http2_max_concurrent_streams | http server | 1 | once
http2_max_concurrent_pushes | http server | 1 | once
http2_max_requests | http server | 1
http2_max_field_size | http server | 1
http2_max_header_size | http server | 1
http2_body_preread_size | http server | 1 | once
http2_streams_index_size | http server | 1 | once
http2_recv_timeout | http server | 1
http2_idle_timeout | http server | 1
http2_chunk_size | http server location | 1 | once
http2_push_preload | http server location | flag | once
http2_push | http server location | 1 | list
http2 | http server | flag | once since 1.25.1

# ngx_http_gzip_static_module (http) src/http/modules/ngx_http_gzip_static_module.c
gzip_static | http server location | 1 | once

# ngx_http_dav_module (http) src/http/modules/ngx_http_dav_module.c
dav_methods | http server location | 1+
create_full_put_path | http server location | flag | once
min_delete_depth | http server location | 1 | once
dav_access | http server location | 1-3 | once

# ngx_http_autoindex_module (http) src/http/modules/ngx_http_autoindex_module.c
autoindex | http server location | flag | once
autoindex_format | http server location | 1 | once
autoindex_localtime | http server location | flag | once
autoindex_exact_size | http server location | flag | once

# ngx_http_index_module (http) src/http/modules/ngx_http_index_module.c
index | http server location | 1+ | list

# ngx_http_random_index_module (http) src/http/modules/ngx_http_random_index_module.c
random_index | location | flag | once

# ngx_http_mirror_module (http) src/http/modules/ngx_http_mirror_module.c
mirror | http server location | 1 | list
mirror_request_body | http server location | flag | once

# ngx_http_try_files_module (http) src/http/modules/ngx_http_try_files_module.c
try_files | server location | 2+ | none once

# ngx_http_auth_request_module (http) src/http/modules/ngx_http_auth_request_module.c
auth_request | http server location | 1 | once
auth_request_set | http server location | 2 | list

# ngx_http_auth_basic_module (http) src/http/modules/ngx_http_auth_basic_module.c
auth_basic | http server location limit_except | 1 | once
auth_basic_user_file | http server location limit_except | 1 | once

# ngx_http_access_module (http) src/http/modules/ngx_http_access_module.c
allow | http server location limit_except | 1 | list
deny | http server location limit_except | 1 | list

# ngx_http_limit_conn_module (http) src/http/modules/ngx_http_limit_conn_module.c
limit_conn_zone | http | 2 | none
limit_conn | http server location | 2 | list
limit_conn_log_level | http server location | 1 | once
limit_conn_status | http server location | 1 | once
limit_conn_dry_run | http server location | flag | once

# ngx_http_limit_req_module (http) src/http/modules/ngx_http_limit_req_module.c
limit_req_zone | http | 3 | none
limit_req | http server location | 1-3 | list
limit_req_log_level | http server location | 1 | once
limit_req_status | http server location | 1 | once
limit_req_dry_run | http server location | flag | once

# ngx_http_realip_module (http) src/http/modules/ngx_http_realip_module.c
set_real_ip_from | http server location | 1 | list
real_ip_header | http server location | 1 | once
real_ip_recursive | http server location | flag | once

# ngx_http_geo_module (http) src/http/modules/ngx_http_geo_module.c
geo | http | 1-2 {} | none

# ngx_http_map_module (http) src/http/modules/ngx_http_map_module.c
map | http | 2 {} | none
map_hash_max_size | http | 1 | once
map_hash_bucket_size | http | 1 | once

# ngx_http_split_clients_module (http) src/http/modules/ngx_http_split_clients_module.c
split_clients | http | 2 {} | none

# ngx_http_referer_module (http) src/http/modules/ngx_http_referer_module.c
valid_referers | server location | 1+ | list
referer_hash_max_size | server location | 1 | once
referer_hash_bucket_size | server location | 1 | once

# ngx_http_rewrite_module (http) src/http/modules/ngx_http_rewrite_module.c
rewrite | server location server-if location-if | 2-3 | none
return | server location server-if location-if | 1-2 | none
break | server location server-if location-if | 0 | none
if | server location | 1+ {} | none
set | server location server-if location-if | 2 | none
rewrite_log | http server location server-if location-if | flag | once
uninitialized_variable_warn | http server location server-if location-if | flag | once

# ngx_http_ssl_module (http) src/http/modules/ngx_http_ssl_module.c
ssl | http server | flag | once until 1.25.1
ssl_certificate | http server | 1 | list
ssl_certificate_key | http server | 1 | list
ssl_password_file | http server | 1
ssl_dhparam | http server | 1 | once
ssl_ecdh_curve | http server | 1 | once
ssl_protocols | http server | 1+
ssl_ciphers | http server | 1 | once
ssl_buffer_size | http server | 1 | once
ssl_verify_client | http server | 1 | once
ssl_verify_depth | http server | 1 | once
ssl_client_certificate | http server | 1 | once
ssl_trusted_certificate | http server | 1 | once
ssl_prefer_server_ciphers | http server | flag | once
ssl_session_cache | http server | 1-2
ssl_session_tickets | http server | flag | once
ssl_session_ticket_key | http server | 1 | list
ssl_session_timeout | http server | 1 | once
ssl_crl | http server | 1 | once
ssl_ocsp | http server | 1 | once
ssl_ocsp_responder | http server | 1 | once
ssl_ocsp_cache | http server | 1 | once
ssl_stapling | http server | flag | once
ssl_stapling_file | http server | 1 | once
ssl_stapling_responder | http server | 1 | once
ssl_stapling_verify | http server | flag | once
ssl_early_data | http server | flag | once
ssl_conf_command | http server | 2 | list
ssl_reject_handshake | http server | flag | once
ssl_certificate_cache | http server | 1-3 | since 1.27.4
ssl_certificate_compression | http server | flag | once since 1.29.1
ssl_ech_file | http server | 1 | list since 1.29.4
ssl_key_log | http server | 1 | since 1.29.7

# ngx_http_proxy_module (http) src/http/modules/ngx_http_proxy_module.c
proxy_pass | location location-if limit_except | 1 | none once
proxy_redirect | http server location | 1-2 | list
proxy_cookie_domain | http server location | 1-2 | list
proxy_cookie_path | http server location | 1-2 | list
proxy_cookie_flags | http server location | 1-4 | list
proxy_store | http server location | 1 | once
proxy_store_access | http server location | 1-3 | once
proxy_buffering | http server location | flag | once
proxy_request_buffering | http server location | flag | once
proxy_ignore_client_abort | http server location | flag | once
proxy_bind | http server location | 1-2 | once
proxy_socket_keepalive | http server location | flag | once
proxy_connect_timeout | http server location | 1 | once
proxy_send_timeout | http server location | 1 | once
proxy_send_lowat | http server location | 1 | once
proxy_intercept_errors | http server location | flag | once
proxy_set_header | http server location | 2 | list
proxy_headers_hash_max_size | http server location | 1 | once
proxy_headers_hash_bucket_size | http server location | 1 | once
proxy_set_body | http server location | 1 | once
proxy_method | http server location | 1 | once
proxy_pass_request_headers | http server location | flag | once
proxy_pass_request_body | http server location | flag | once
proxy_buffer_size | http server location | 1 | once
proxy_read_timeout | http server location | 1 | once
proxy_buffers | http server location | 2 | once
proxy_busy_buffers_size | http server location | 1 | once
proxy_force_ranges | http server location | flag | once
proxy_limit_rate | http server location | 1 | once
proxy_cache | http server location | 1 | once
proxy_cache_key | http server location | 1 | once
proxy_cache_path | http | 2+ | none
proxy_cache_bypass | http server location | 1+ | list
proxy_no_cache | http server location | 1+ | list
proxy_cache_valid | http server location | 1+ | list
proxy_cache_min_uses | http server location | 1 | once
proxy_cache_max_range_offset | http server location | 1 | once
proxy_cache_use_stale | http server location | 1+
proxy_cache_methods | http server location | 1+
proxy_cache_lock | http server location | flag | once
proxy_cache_lock_timeout | http server location | 1 | once
proxy_cache_lock_age | http server location | 1 | once
proxy_cache_revalidate | http server location | flag | once
proxy_cache_convert_head | http server location | flag | once
proxy_cache_background_update | http server location | flag | once
proxy_temp_path | http server location | 1-4 | once
proxy_max_temp_file_size | http server location | 1 | once
proxy_temp_file_write_size | http server location | 1 | once
proxy_next_upstream | http server location | 1+
proxy_next_upstream_tries | http server location | 1 | once
proxy_next_upstream_timeout | http server location | 1 | once
proxy_pass_header | http server location | 1 | list
proxy_hide_header | http server location | 1 | list
proxy_ignore_headers | http server location | 1+
proxy_http_version | http server location | 1 | once
proxy_ssl_session_reuse | http server location | flag | once
proxy_ssl_protocols | http server location | 1+
proxy_ssl_ciphers | http server location | 1 | once
proxy_ssl_name | http server location | 1 | once
proxy_ssl_server_name | http server location | flag | once
proxy_ssl_verify | http server location | flag | once
proxy_ssl_verify_depth | http server location | 1 | once
proxy_ssl_trusted_certificate | http server location | 1 | once
proxy_ssl_crl | http server location | 1 | once
proxy_ssl_certificate | http server location | 1 | once
proxy_ssl_certificate_key | http server location | 1 | once
proxy_ssl_password_file | http server location | 1
proxy_ssl_conf_command | http server location | 2 | list
proxy_pass_trailers | http server location | flag | once since 1.27.2
proxy_ssl_certificate_cache | http server location | 1-3 | since 1.27.4
proxy_ssl_key_log | http server location | 1 | since 1.27.2
proxy_socket_rcvbuf | http server location | 1 | once since 1.31.3
proxy_socket_sndbuf | http server location | 1 | once since 1.31.3

# ngx_http_fastcgi_module (http) src/http/modules/ngx_http_fastcgi_module.c
fastcgi_pass | location location-if | 1 | none once
fastcgi_index | http server location | 1 | once
fastcgi_split_path_info | http server location | 1
fastcgi_store | http server location | 1 | once
fastcgi_store_access | http server location | 1-3 | once
fastcgi_buffering | http server location | flag | once
fastcgi_request_buffering | http server location | flag | once
fastcgi_ignore_client_abort | http server location | flag | once
fastcgi_bind | http server location | 1-2 | once
fastcgi_socket_keepalive | http server location | flag | once
fastcgi_connect_timeout | http server location | 1 | once
fastcgi_send_timeout | http server location | 1 | once
fastcgi_send_lowat | http server location | 1 | once
fastcgi_buffer_size | http server location | 1 | once
fastcgi_pass_request_headers | http server location | flag | once
fastcgi_pass_request_body | http server location | flag | once
fastcgi_intercept_errors | http server location | flag | once
fastcgi_read_timeout | http server location | 1 | once
fastcgi_buffers | http server location | 2 | once
fastcgi_busy_buffers_size | http server location | 1 | once
fastcgi_force_ranges | http server location | flag | once
fastcgi_limit_rate | http server location | 1 | once
fastcgi_cache | http server location | 1 | once
fastcgi_cache_key | http server location | 1 | once
fastcgi_cache_path | http | 2+ | none
fastcgi_cache_bypass | http server location | 1+ | list
fastcgi_no_cache | http server location | 1+ | list
fastcgi_cache_valid | http server location | 1+ | list
fastcgi_cache_min_uses | http server location | 1 | once
fastcgi_cache_max_range_offset | http server location | 1 | once
fastcgi_cache_use_stale | http server location | 1+
fastcgi_cache_methods | http server location | 1+
fastcgi_cache_lock | http server location | flag | once
fastcgi_cache_lock_timeout | http server location | 1 | once
fastcgi_cache_lock_age | http server location | 1 | once
fastcgi_cache_revalidate | http server location | flag | once
fastcgi_cache_background_update | http server location | flag | once
fastcgi_temp_path | http server location | 1-4 | once
fastcgi_max_temp_file_size | http server location | 1 | once
fastcgi_temp_file_write_size | http server location | 1 | once
fastcgi_next_upstream | http server location | 1+
fastcgi_next_upstream_tries | http server location | 1 | once
fastcgi_next_upstream_timeout | http server location | 1 | once
fastcgi_param | http server location | 2-3 | list
fastcgi_pass_header | http server location | 1 | list
fastcgi_hide_header | http server location | 1 | list
fastcgi_ignore_headers | http server location | 1+
fastcgi_catch_stderr | http server location | 1 | list
fastcgi_keep_conn | http server location | flag | once
fastcgi_socket_rcvbuf | http server location | 1 | once since 1.31.3
fastcgi_socket_sndbuf | http server location | 1 | once since 1.31.3

# ngx_http_uwsgi_module (http) src/http/modules/ngx_http_uwsgi_module.c
uwsgi_pass | location location-if | 1 | none once
uwsgi_modifier1 | http server location | 1 | once
uwsgi_modifier2 | http server location | 1 | once
uwsgi_store | http server location | 1 | once
uwsgi_store_access | http server location | 1-3 | once
uwsgi_buffering | http server location | flag | once
uwsgi_request_buffering | http server location | flag | once
uwsgi_ignore_client_abort | http server location | flag | once
uwsgi_bind | http server location | 1-2 | once
uwsgi_socket_keepalive | http server location | flag | once
uwsgi_connect_timeout | http server location | 1 | once
uwsgi_send_timeout | http server location | 1 | once
uwsgi_buffer_size | http server location | 1 | once
uwsgi_pass_request_headers | http server location | flag | once
uwsgi_pass_request_body | http server location | flag | once
uwsgi_intercept_errors | http server location | flag | once
uwsgi_read_timeout | http server location | 1 | once
uwsgi_buffers | http server location | 2 | once
uwsgi_busy_buffers_size | http server location | 1 | once
uwsgi_force_ranges | http server location | flag | once
uwsgi_limit_rate | http server location | 1 | once
uwsgi_cache | http server location | 1 | once
uwsgi_cache_key | http server location | 1 | once
uwsgi_cache_path | http | 2+ | none
uwsgi_cache_bypass | http server location | 1+ | list
uwsgi_no_cache | http server location | 1+ | list
uwsgi_cache_valid | http server location | 1+ | list
uwsgi_cache_min_uses | http server location | 1 | once
uwsgi_cache_max_range_offset | http server location | 1 | once
uwsgi_cache_use_stale | http server location | 1+
uwsgi_cache_methods | http server location | 1+
uwsgi_cache_lock | http server location | flag | once
uwsgi_cache_lock_timeout | http server location | 1 | once
uwsgi_cache_lock_age | http server location | 1 | once
uwsgi_cache_revalidate | http server location | flag | once
uwsgi_cache_background_update | http server location | flag | once
uwsgi_temp_path | http server location | 1-4 | once
uwsgi_max_temp_file_size | http server location | 1 | once
uwsgi_temp_file_write_size | http server location | 1 | once
uwsgi_next_upstream | http server location | 1+
uwsgi_next_upstream_tries | http server location | 1 | once
uwsgi_next_upstream_timeout | http server location | 1 | once
uwsgi_param | http server location | 2-3 | list
uwsgi_string | http server location | 1 | once
uwsgi_pass_header | http server location | 1 | list
uwsgi_hide_header | http server location | 1 | list
uwsgi_ignore_headers | http server location | 1+
uwsgi_ssl_session_reuse | http server location | flag | once
uwsgi_ssl_protocols | http server location | 1+
uwsgi_ssl_ciphers | http server location | 1 | once
uwsgi_ssl_name | http server location | 1 | once
uwsgi_ssl_server_name | http server location | flag | once
uwsgi_ssl_verify | http server location | flag | once
uwsgi_ssl_verify_depth | http server location | 1 | once
uwsgi_ssl_trusted_certificate | http server location | 1 | once
uwsgi_ssl_crl | http server location | 1 | once
uwsgi_ssl_certificate | http server location | 1 | once
uwsgi_ssl_certificate_key | http server location | 1 | once
uwsgi_ssl_password_file | http server location | 1
uwsgi_ssl_conf_command | http server location | 2 | list
uwsgi_ssl_certificate_cache | http server location | 1-3 | since 1.27.4
uwsgi_ssl_key_log | http server location | 1 | since 1.27.2
uwsgi_socket_rcvbuf | http server location | 1 | once since 1.31.3
uwsgi_socket_sndbuf | http server location | 1 | once since 1.31.3

# ngx_http_scgi_module (http) src/http/modules/ngx_http_scgi_module.c
scgi_pass | location location-if | 1 | none once
scgi_store | http server location | 1 | once
scgi_store_access | http server location | 1-3 | once
scgi_buffering | http server location | flag | once
scgi_request_buffering | http server location | flag | once
scgi_ignore_client_abort | http server location | flag | once
scgi_bind | http server location | 1-2 | once
scgi_socket_keepalive | http server location | flag | once
scgi_connect_timeout | http server location | 1 | once
scgi_send_timeout | http server location | 1 | once
scgi_buffer_size | http server location | 1 | once
scgi_pass_request_headers | http server location | flag | once
scgi_pass_request_body | http server location | flag | once
scgi_intercept_errors | http server location | flag | once
scgi_read_timeout | http server location | 1 | once
scgi_buffers | http server location | 2 | once
scgi_busy_buffers_size | http server location | 1 | once
scgi_force_ranges | http server location | flag | once
scgi_limit_rate | http server location | 1 | once
scgi_cache | http server location | 1 | once
scgi_cache_key | http server location | 1 | once
scgi_cache_path | http | 2+ | none
scgi_cache_bypass | http server location | 1+ | list
scgi_no_cache | http server location | 1+ | list
scgi_cache_valid | http server location | 1+ | list
scgi_cache_min_uses | http server location | 1 | once
scgi_cache_max_range_offset | http server location | 1 | once
scgi_cache_use_stale | http server location | 1+
scgi_cache_methods | http server location | 1+
scgi_cache_lock | http server location | flag | once
scgi_cache_lock_timeout | http server location | 1 | once
scgi_cache_lock_age | http server location | 1 | once
scgi_cache_revalidate | http server location | flag | once
scgi_cache_background_update | http server location | flag | once
scgi_temp_path | http server location | 1-4 | once
scgi_max_temp_file_size | http server location | 1 | once
scgi_temp_file_write_size | http server location | 1 | once
scgi_next_upstream | http server location | 1+
scgi_next_upstream_tries | http server location | 1 | once
scgi_next_upstream_timeout | http server location | 1 | once
scgi_param | http server location | 2-3 | list
scgi_pass_header | http server location | 1 | list
scgi_hide_header | http server location | 1 | list
scgi_ignore_headers | http server location | 1+
scgi_socket_rcvbuf | http server location | 1 | once since 1.31.3
scgi_socket_sndbuf | http server location | 1 | once since 1.31.3

# ngx_http_grpc_module (http) src/http/modules/ngx_http_grpc_module.c
grpc_pass | location location-if | 1 | none once
grpc_bind | http server location | 1-2 | once
grpc_socket_keepalive | http server location | flag | once
grpc_connect_timeout | http server location | 1 | once
grpc_send_timeout | http server location | 1 | once
grpc_intercept_errors | http server location | flag | once
grpc_buffer_size | http server location | 1 | once
grpc_read_timeout | http server location | 1 | once
grpc_next_upstream | http server location | 1+
grpc_next_upstream_tries | http server location | 1 | once
grpc_next_upstream_timeout | http server location | 1 | once
grpc_set_header | http server location | 2 | list
grpc_pass_header | http server location | 1 | list
grpc_hide_header | http server location | 1 | list
grpc_ignore_headers | http server location | 1+
grpc_ssl_session_reuse | http server location | flag | once
grpc_ssl_protocols | http server location | 1+
grpc_ssl_ciphers | http server location | 1 | once
grpc_ssl_name | http server location | 1 | once
grpc_ssl_server_name | http server location | flag | once
grpc_ssl_verify | http server location | flag | once
grpc_ssl_verify_depth | http server location | 1 | once
grpc_ssl_trusted_certificate | http server location | 1 | once
grpc_ssl_crl | http server location | 1 | once
grpc_ssl_certificate | http server location | 1 | once
grpc_ssl_certificate_key | http server location | 1 | once
grpc_ssl_password_file | http server location | 1
grpc_ssl_conf_command | http server location | 2 | list
grpc_ssl_certificate_cache | http server location | 1-3 | since 1.27.4
grpc_ssl_key_log | http server location | 1 | since 1.27.2
grpc_socket_rcvbuf | http server location | 1 | once since 1.31.3
grpc_socket_sndbuf | http server location | 1 | once since 1.31.3

# ngx_http_memcached_module (http) src/http/modules/ngx_http_memcached_module.c
memcached_pass | location location-if | 1 | none once
memcached_bind | http server location | 1-2 | once
memcached_socket_keepalive | http server location | flag | once
memcached_connect_timeout | http server location | 1 | once
memcached_send_timeout | http server location | 1 | once
memcached_buffer_size | http server location | 1 | once
memcached_read_timeout | http server location | 1 | once
memcached_next_upstream | http server location | 1+
memcached_next_upstream_tries | http server location | 1 | once
memcached_next_upstream_timeout | http server location | 1 | once
memcached_gzip_flag | http server location | 1 | once

# ngx_http_empty_gif_module (http) src/http/modules/ngx_http_empty_gif_module.c
empty_gif | location | 0 | none

# ngx_http_browser_module (http) src/http/modules/ngx_http_browser_module.c
modern_browser | http server location | 1-2 | list
ancient_browser | http server location | 1+ | list
modern_browser_value | http server location | 1
ancient_browser_value | http server location | 1

# ngx_http_secure_link_module (http) src/http/modules/ngx_http_secure_link_module.c
secure_link | http server location | 1 | once
secure_link_md5 | http server location | 1 | once
secure_link_secret | http server location | 1 | once

# ngx_http_flv_module (http) src/http/modules/ngx_http_flv_module.c
flv | location | 0 | none

# ngx_http_mp4_module (http) src/http/modules/ngx_http_mp4_module.c
mp4 | location | 0 | none
mp4_buffer_size | http server location | 1 | once
mp4_max_buffer_size | http server location | 1 | once
mp4_start_key_frame | http server location | flag | once

# ngx_http_upstream_hash_module (http) src/http/modules/ngx_http_upstream_hash_module.c
hash | upstream | 1-2 | none

# ngx_http_upstream_ip_hash_module (http) src/http/modules/ngx_http_upstream_ip_hash_module.c
ip_hash | upstream | 0 | none

# ngx_http_upstream_least_conn_module (http) src/http/modules/ngx_http_upstream_least_conn_module.c
least_conn | upstream | 0 | none

# ngx_http_upstream_random_module (http) src/http/modules/ngx_http_upstream_random_module.c
random | upstream | 0-2 | none

# ngx_http_upstream_keepalive_module (http) src/http/modules/ngx_http_upstream_keepalive_module.c
keepalive | upstream | 1 | none once
keepalive_time | upstream | 1 | none once
keepalive_timeout | upstream | 1 | none once
keepalive_requests | upstream | 1 | none once

# ngx_http_upstream_zone_module (http) src/http/modules/ngx_http_upstream_zone_module.c
zone | upstream | 1-2 | none

# ngx_http_stub_status_module (http) src/http/modules/ngx_http_stub_status_module.c
stub_status | server location | 0-1 | none

# ngx_http_gzip_filter_module (http) src/http/modules/ngx_http_gzip_filter_module.c
gzip | http server location location-if | flag | once
gzip_buffers | http server location | 2 | once
gzip_types | http server location | 1+ | list
gzip_comp_level | http server location | 1 | once
gzip_window | http server location | 1 | once
gzip_hash | http server location | 1 | once
postpone_gzipping | http server location | 1 | once
gzip_no_buffer | http server location | flag | once
gzip_min_length | http server location | 1 | once

# ngx_http_ssi_filter_module (http) src/http/modules/ngx_http_ssi_filter_module.c
ssi | http server location location-if | flag | once
ssi_silent_errors | http server location | flag | once
ssi_ignore_recycled_buffers | http server location | flag | once
ssi_min_file_chunk | http server location | 1 | once
ssi_value_length | http server location | 1 | once
ssi_types | http server location | 1+ | list
ssi_last_modified | http server location | flag | once

# ngx_http_charset_filter_module (http) src/http/modules/ngx_http_charset_filter_module.c
charset | http server location location-if | 1 | once
source_charset | http server location location-if | 1 | once
override_charset | http server location location-if | flag | once
charset_types | http server location | 1+ | list
charset_map | http | 2 {} | none

# ngx_http_sub_filter_module (http) src/http/modules/ngx_http_sub_filter_module.c
sub_filter | http server location | 2 | list
sub_filter_types | http server location | 1+ | list
sub_filter_once | http server location | flag | once
sub_filter_last_modified | http server location | flag | once

# ngx_http_addition_filter_module (http) src/http/modules/ngx_http_addition_filter_module.c
add_before_body | http server location | 1 | once
add_after_body | http server location | 1 | once
addition_types | http server location | 1+ | list

# ngx_http_gunzip_filter_module (http) src/http/modules/ngx_http_gunzip_filter_module.c
gunzip | http server location | flag | once
gunzip_buffers | http server location | 2 | once

# ngx_http_userid_filter_module (http) src/http/modules/ngx_http_userid_filter_module.c
userid | http server location | 1 | once
userid_service | http server location | 1 | once
userid_name | http server location | 1 | once
userid_domain | http server location | 1 | once
userid_path | http server location | 1 | once
userid_expires | http server location | 1 | once
userid_flags | http server location | 1-3
userid_p3p | http server location | 1 | once
userid_mark | http server location | 1 | once

# ngx_http_headers_filter_module (http) src/http/modules/ngx_http_headers_filter_module.c
expires | http server location location-if | 1-2 | once
add_header | http server location location-if | 2-3 | list
add_trailer | http server location location-if | 2-3 | list
add_header_inherit | http server location location-if | 1 | once since 1.29.3
add_trailer_inherit | http server location location-if | 1 | once since 1.29.3

# ngx_http_copy_filter_module (http) src/http/ngx_http_copy_filter_module.c
output_buffers | http server location | 2 | once

# ngx_http_slice_filter_module (http) src/http/modules/ngx_http_slice_filter_module.c
slice | http server location | 1 | once

# ngx_http_xslt_filter_module (http) src/http/modules/ngx_http_xslt_filter_module.c
xml_entities | http server location | 1
xslt_stylesheet | location | 1+ | list
xslt_param | http server location | 2 | list
xslt_string_param | http server location | 2 | list
xslt_types | http server location | 1+ | list
xslt_last_modified | http server location | flag | once
xml_external_entities | http server location | flag | once since 1.31.3

# ngx_http_perl_module (http) src/http/modules/perl/ngx_http_perl_module.c
perl_modules | http | 1 | none
perl_require | http | 1 | none
perl | location limit_except | 1 | none
perl_set | http | 2 | none

# ngx_http_image_filter_module (http) src/http/modules/ngx_http_image_filter_module.c
image_filter | location | 1-3
image_filter_jpeg_quality | http server location | 1
image_filter_webp_quality | http server location | 1
image_filter_sharpen | http server location | 1
image_filter_transparency | http server location | flag | once
image_filter_interlace | http server location | flag | once
image_filter_buffer | http server location | 1 | once

# ngx_http_geoip_module (http) src/http/modules/ngx_http_geoip_module.c
geoip_country | http | 1-2
geoip_org | http | 1-2
geoip_city | http | 1-2
geoip_proxy | http | 1 | none
geoip_proxy_recursive | http | flag | once

# ngx_http_v3_module (http) src/http/v3/ngx_http_v3_module.c
http3 | http server | flag | once since 1.25.0
http3_hq | http server | flag | once since 1.25.0
http3_max_concurrent_streams | http server | 1 | once since 1.25.0
http3_stream_buffer_size | http server | 1 | once since 1.25.0
quic_active_connection_id_limit | http server | 1 | once since 1.25.0
quic_gso | http server | flag | once since 1.25.0
quic_host_key | http server | 1 | once since 1.25.0
quic_retry | http server | flag | once since 1.25.0

# ngx_http_spdy_module (http) src/http/modules/ngx_http_spdy_module.c
spdy_chunk_size | http server location | 1 | until 1.9.5
spdy_headers_comp | http server | 1 | until 1.9.5

# ngx_http_degradation_module (http) src/http/modules/ngx_http_degradation_module.c
degradation | http | 1
degrade | http server location | 1

# ngx_http_upstream_sticky_module (http) src/http/modules/ngx_http_upstream_sticky_module.c
sticky | upstream | 2+ | none since 1.29.6

# ngx_http_upstream_least_time_module (http) src/http/modules/ngx_http_upstream_least_time_module.c
least_time | upstream | 1-2 | none since 1.31.0

# ngx_http_tunnel_module (http) src/http/modules/ngx_http_tunnel_module.c
tunnel_pass | server location location-if | 0-1 | none once since 1.31.0
tunnel_bind | http server location | 1-2 | once since 1.31.0
tunnel_socket_keepalive | http server location | flag | once since 1.31.0
tunnel_socket_rcvbuf | http server location | 1 | once since 1.31.3
tunnel_socket_sndbuf | http server location | 1 | once since 1.31.3
tunnel_connect_timeout | http server location | 1 | once since 1.31.0
tunnel_send_timeout | http server location | 1 | once since 1.31.0
tunnel_send_lowat | http server location | 1 | once since 1.31.0
tunnel_buffer_size | http server location | 1 | once since 1.31.0
tunnel_read_timeout | http server location | 1 | once since 1.31.0
tunnel_next_upstream | http server location | 1+ | since 1.31.0
tunnel_next_upstream_tries | http server location | 1 | once since 1.31.0
tunnel_next_upstream_timeout | http server location | 1 | once since 1.31.0

# ngx_stream_geoip_module (stream) src/stream/ngx_stream_geoip_module.c
geoip_country | stream | 1-2
geoip_org | stream | 1-2
geoip_city | stream | 1-2

# ngx_stream_core_module (stream) src/stream/ngx_stream_core_module.c
variables_hash_max_size | stream | 1 | once
variables_hash_bucket_size | stream | 1 | once
server | stream | 0 {} | none
listen | server | 1+ | none
error_log | stream server | 1+ | list
resolver | stream server | 1+ | once
resolver_timeout | stream server | 1 | once
proxy_protocol_timeout | stream server | 1 | once
tcp_nodelay | stream server | flag | once
preread_buffer_size | stream server | 1 | once
preread_timeout | stream server | 1 | once
server_name | server | 1+ | none since 1.25.5
server_names_hash_bucket_size | stream | 1 | once since 1.25.5
server_names_hash_max_size | stream | 1 | once since 1.25.5

# ngx_stream_log_module (stream) src/stream/ngx_stream_log_module.c
log_format | stream | 2+ | none
access_log | stream server | 1+ | list
open_log_file_cache | stream server | 1-4 | once

# ngx_stream_proxy_module (stream) src/stream/ngx_stream_proxy_module.c
proxy_pass | server | 1 | none once
proxy_bind | stream server | 1-2 | once
proxy_socket_keepalive | stream server | flag | once
proxy_connect_timeout | stream server | 1 | once
proxy_timeout | stream server | 1 | once
proxy_buffer_size | stream server | 1 | once
proxy_downstream_buffer | stream server | 1 | once
proxy_upstream_buffer | stream server | 1 | once
proxy_upload_rate | stream server | 1 | once
proxy_download_rate | stream server | 1 | once
proxy_requests | stream server | 1 | once
proxy_responses | stream server | 1 | once
proxy_next_upstream | stream server | flag | once
proxy_next_upstream_tries | stream server | 1 | once
proxy_next_upstream_timeout | stream server | 1 | once
proxy_protocol | stream server | flag | once
proxy_half_close | stream server | flag | once
proxy_ssl | stream server | flag | once
proxy_ssl_session_reuse | stream server | flag | once
proxy_ssl_protocols | stream server | 1+
proxy_ssl_ciphers | stream server | 1 | once
proxy_ssl_name | stream server | 1 | once
proxy_ssl_server_name | stream server | flag | once
proxy_ssl_verify | stream server | flag | once
proxy_ssl_verify_depth | stream server | 1 | once
proxy_ssl_trusted_certificate | stream server | 1 | once
proxy_ssl_crl | stream server | 1 | once
proxy_ssl_certificate | stream server | 1 | once
proxy_ssl_certificate_key | stream server | 1 | once
proxy_ssl_password_file | stream server | 1
proxy_ssl_conf_command | stream server | 2 | list
proxy_ssl_alpn | stream server | 1+ | since 1.31.0
proxy_ssl_certificate_cache | stream server | 1-3 | since 1.27.4
proxy_ssl_key_log | stream server | 1 | since 1.27.2

# ngx_stream_upstream_module (stream) src/stream/ngx_stream_upstream.c
upstream | stream | 1 {} | none
server | upstream | 1+ | none
resolver | upstream | 1+ | none since 1.27.3
resolver_timeout | upstream | 1 | none once since 1.27.3

# ngx_stream_ssl_module (stream) src/stream/ngx_stream_ssl_module.c
ssl_handshake_timeout | stream server | 1 | once
ssl_certificate | stream server | 1 | list
ssl_certificate_key | stream server | 1 | list
ssl_password_file | stream server | 1
ssl_dhparam | stream server | 1 | once
ssl_ecdh_curve | stream server | 1 | once
ssl_protocols | stream server | 1+
ssl_ciphers | stream server | 1 | once
ssl_verify_client | stream server | 1 | once
ssl_verify_depth | stream server | 1 | once
ssl_client_certificate | stream server | 1 | once
ssl_trusted_certificate | stream server | 1 | once
ssl_prefer_server_ciphers | stream server | flag | once
ssl_session_cache | stream server | 1-2
ssl_session_tickets | stream server | flag | once
ssl_session_ticket_key | stream server | 1 | list
ssl_session_timeout | stream server | 1 | once
ssl_crl | stream server | 1 | once
ssl_conf_command | stream server | 2 | list
ssl_alpn | stream server | 1+ | once
ssl_certificate_cache | stream server | 1-3 | since 1.27.4
ssl_certificate_compression | stream server | flag | once since 1.29.1
ssl_ech_file | stream server | 1 | list since 1.29.4
ssl_key_log | stream server | 1 | since 1.29.7
ssl_ocsp | stream server | 1 | once since 1.27.2
ssl_ocsp_cache | stream server | 1 | since 1.27.2
ssl_ocsp_responder | stream server | 1 | once since 1.27.2
ssl_reject_handshake | stream server | flag | once since 1.25.5
ssl_stapling | stream server | flag | once since 1.27.2
ssl_stapling_file | stream server | 1 | once since 1.27.2
ssl_stapling_responder | stream server | 1 | once since 1.27.2
ssl_stapling_verify | stream server | flag | once since 1.27.2

# ngx_stream_realip_module (stream) src/stream/ngx_stream_realip_module.c
set_real_ip_from | stream server | 1 | list

# ngx_stream_limit_conn_module (stream) src/stream/ngx_stream_limit_conn_module.c
limit_conn_zone | stream | 2 | none
limit_conn | stream server | 2 | list
limit_conn_log_level | stream server | 1 | once
limit_conn_dry_run | stream server | flag | once

# ngx_stream_access_module (stream) src/stream/ngx_stream_access_module.c
allow | stream server | 1 | list
deny | stream server | 1 | list

# ngx_stream_geo_module (stream) src/stream/ngx_stream_geo_module.c
geo | stream | 1-2 {} | none

# ngx_stream_map_module (stream) src/stream/ngx_stream_map_module.c
map | stream | 2 {} | none
map_hash_max_size | stream | 1 | once
map_hash_bucket_size | stream | 1 | once

# ngx_stream_split_clients_module (stream) src/stream/ngx_stream_split_clients_module.c
split_clients | stream | 2 {} | none

# ngx_stream_return_module (stream) src/stream/ngx_stream_return_module.c
return | server | 1 | none once

# ngx_stream_set_module (stream) src/stream/ngx_stream_set_module.c
set | server | 2 | none

# ngx_stream_upstream_hash_module (stream) src/stream/ngx_stream_upstream_hash_module.c
hash | upstream | 1-2 | none

# ngx_stream_upstream_least_conn_module (stream) src/stream/ngx_stream_upstream_least_conn_module.c
least_conn | upstream | 0 | none

# ngx_stream_upstream_random_module (stream) src/stream/ngx_stream_upstream_random_module.c
random | upstream | 0-2 | none

# ngx_stream_upstream_zone_module (stream) src/stream/ngx_stream_upstream_zone_module.c
zone | upstream | 1-2 | none

# ngx_stream_ssl_preread_module (stream) src/stream/ngx_stream_ssl_preread_module.c
ssl_preread | stream server | flag | once

# ngx_stream_pass_module (stream) src/stream/ngx_stream_pass_module.c
pass | server | 1 | none since 1.25.5

# ngx_stream_upstream_least_time_module (stream) src/stream/ngx_stream_upstream_least_time_module.c
least_time | upstream | 1-2 | none since 1.31.0

# ngx_mail_core_module (mail) src/mail/ngx_mail_core_module.c
server | mail | 0 {} | none
listen | server | 1+ | none
protocol | server | 1 | none
timeout | mail server | 1 | once
server_name | mail server | 1 | none once
error_log | mail server | 1+ | list
resolver | mail server | 1+ | once
resolver_timeout | mail server | 1 | once
max_errors | mail server | 1 | once

# ngx_mail_ssl_module (mail) src/mail/ngx_mail_ssl_module.c
ssl | mail server | flag | once until 1.25.1
starttls | mail server | 1 | once
ssl_certificate | mail server | 1 | list
ssl_certificate_key | mail server | 1 | list
ssl_password_file | mail server | 1
ssl_dhparam | mail server | 1 | once
ssl_ecdh_curve | mail server | 1 | once
ssl_protocols | mail server | 1+
ssl_ciphers | mail server | 1 | once
ssl_prefer_server_ciphers | mail server | flag | once
ssl_session_cache | mail server | 1-2
ssl_session_tickets | mail server | flag | once
ssl_session_ticket_key | mail server | 1 | list
ssl_session_timeout | mail server | 1 | once
ssl_verify_client | mail server | 1 | once
ssl_verify_depth | mail server | 1 | once
ssl_client_certificate | mail server | 1 | once
ssl_trusted_certificate | mail server | 1 | once
ssl_crl | mail server | 1 | once
ssl_conf_command | mail server | 2 | list

# ngx_mail_pop3_module (mail) src/mail/ngx_mail_pop3_module.c
pop3_capabilities | mail server | 1+ | list
pop3_auth | mail server | 1+

# ngx_mail_imap_module (mail) src/mail/ngx_mail_imap_module.c
imap_client_buffer | mail server | 1 | once
imap_capabilities | mail server | 1+ | list
imap_auth | mail server | 1+

# ngx_mail_smtp_module (mail) src/mail/ngx_mail_smtp_module.c
smtp_client_buffer | mail server | 1 | once
smtp_greeting_delay | mail server | 1 | once
smtp_capabilities | mail server | 1+ | list
smtp_auth | mail server | 1+

# ngx_mail_auth_http_module (mail) src/mail/ngx_mail_auth_http_module.c
auth_http | mail server | 1
auth_http_timeout | mail server | 1 | once
auth_http_header | mail server | 2 | list
auth_http_pass_client_cert | mail server | flag | once

# ngx_mail_proxy_module (mail) src/mail/ngx_mail_proxy_module.c
proxy | mail server | flag | once
proxy_buffer | mail server | 1 | once
proxy_timeout | mail server | 1 | once
proxy_pass_error_message | mail server | flag | once
xclient | mail server | flag | once
proxy_smtp_auth | mail server | flag | once
proxy_protocol | mail server | flag | once

# ngx_mail_realip_module (mail) src/mail/ngx_mail_realip_module.c
set_real_ip_from | mail server | 1 | list

# ngx_nchan_module (http) nchan: src/nchan_config_commands.c
nchan_channel_id | server location location-if | 1-7
nchan_pubsub_channel_id | server location location-if | 1-7
nchan_publisher_channel_id | server location location-if | 1-7
nchan_pub_channel_id | server location location-if | 1-7
nchan_publisher_upstream_request | server location location-if | 1 | once
nchan_deflate_message_for_websocket | server location | 1
nchan_channel_id_split_delimiter | server location location-if | 1 | once
nchan_subscriber_channel_id | server location location-if | 1-7
nchan_sub_channel_id | server location location-if | 1-7
nchan_pubsub | server location location-if | 0-6 | none
nchan_pubsub_location | server location location-if | 0-6 | none
nchan_subscriber_info | location | 0 | none
nchan_subscriber_info_string | server location | 1 | once
nchan_longpoll_multipart_response | server location location-if | 1
nchan_eventsource_event | server location location-if | 1 | once
nchan_eventsource_ping_comment | server location location-if | 1 | once
nchan_eventsource_ping_event | server location location-if | 1 | once
nchan_eventsource_ping_data | server location location-if | 1 | once
nchan_eventsource_ping_interval | server location location-if | 1 | once
nchan_subscriber | server location location-if | 0-5 | none
push_subscriber | server location location-if | 0-5 | none
nchan_subscriber_location | server location location-if | 0-5 | none
nchan_subscriber_compound_etag_message_id | server location location-if | flag | once
nchan_subscriber_message_id_custom_etag_header | server location location-if | 1 | once
nchan_subscriber_last_message_id | server location location-if | 1-5
nchan_subscriber_http_raw_stream_separator | server location location-if | 1
nchan_subscriber_first_message | server location location-if | 1
nchan_websocket_ping_interval | server location location-if | 1 | once
nchan_websocket_client_heartbeat | server location location-if | 2
nchan_publisher | server location location-if | 0-2 | none
push_publisher | server location location-if | 0-2 | none
nchan_publisher_location | server location location-if | 0-2 | none
nchan_subscriber_timeout | http server location location-if | 1 | once
push_subscriber_timeout | http server location location-if | 1 | once
nchan_authorize_request | server location location-if | 1 | once
nchan_subscribe_request | server location location-if | 1 | once
nchan_unsubscribe_request | server location location-if | 1 | once
nchan_message_temp_path | http | 1 | once
nchan_store_messages | http server location location-if | 1
push_store_messages | http server location location-if | 1
nchan_shared_memory_size | http | 1 | once
push_max_reserved_memory | http | 1 | once
nchan_max_reserved_memory | http | 1 | once
nchan_permessage_deflate_compression_level | http | 1
nchan_permessage_deflate_compression_strategy | http | 1
nchan_permessage_deflate_compression_window | http | 1
nchan_permessage_deflate_compression_memlevel | http | 1
nchan_redis_url | http server location | 1 | once
nchan_redis_pass | http server location | 1 | once
nchan_redis_pass_inheritable | http server location | flag | once
nchan_redis_publish_msgpacked_max_size | http | 1 | once
nchan_redis_discovered_ip_range_blacklist | upstream | 1-7 | none
nchan_redis_server | upstream | 1 | none
nchan_redis_storage_mode | http server location upstream | 1
nchan_redis_nostore_fastpublish | http server upstream | flag | once
nchan_redis_username | upstream | 1 | none once
nchan_redis_password | upstream | 1 | none once
nchan_redis_ssl | upstream | flag | none once
nchan_redis_tls | upstream | flag | none once
nchan_redis_ssl_client_certificate | upstream | 1 | none once
nchan_redis_tls_client_certificate | upstream | 1 | none once
nchan_redis_ssl_client_certificate_key | upstream | 1 | none once
nchan_redis_ssl_server_name | upstream | 1 | none once
nchan_redis_tls_server_name | upstream | 1 | none once
nchan_redis_ssl_trusted_certificate | upstream | 1 | none once
nchan_redis_tls_trusted_certificate | upstream | 1 | none once
nchan_redis_ssl_trusted_certificate_path | upstream | 1 | none once
nchan_redis_tls_trusted_certificate_path | upstream | 1 | none once
nchan_redis_ssl_ciphers | upstream | 1 | none once
nchan_redis_tls_ciphers | upstream | 1 | none once
nchan_redis_ssl_verify_certificate | upstream | 1 | none once
nchan_redis_tls_verify_certificate | upstream | 1 | none once
nchan_use_redis | http server location | flag | once
nchan_redis_ping_interval | http server location upstream | 1 | once
nchan_redis_load_scripts_unconditionally | upstream | flag | none once
nchan_redis_accurate_subscriber_count | upstream | flag | none once
nchan_redis_wait_after_connecting | http server location | 1
nchan_redis_connect_timeout | upstream | 1 | none once
nchan_redis_node_connect_timeout | upstream | 1 | none once
nchan_redis_cluster_connect_timeout | upstream | 1 | none once
nchan_redis_cluster_max_failing_time | upstream | 1 | none once
nchan_redis_reconnect_delay | upstream | 1 | none once
nchan_redis_reconnect_delay_min | upstream | 1 | none once
nchan_redis_reconnect_delay_jitter | upstream | 1 | none
nchan_redis_reconnect_delay_backoff | upstream | 1 | none
nchan_redis_reconnect_delay_max | upstream | 1 | none once
nchan_redis_idle_channel_keepalive_safety_margin | upstream | 1 | none once
nchan_redis_idle_channel_keepalive_min | upstream | 1 | none once
nchan_redis_idle_channel_keepalive_jitter | upstream | 1 | none
nchan_redis_idle_channel_keepalive_backoff | upstream | 1 | none
nchan_redis_idle_channel_keepalive_max | upstream | 1 | none once
nchan_redis_cluster_check_interval_min | upstream | 1 | none once
nchan_redis_cluster_check_interval | upstream | 1 | none once
nchan_redis_cluster_check_interval_jitter | upstream | 1 | none
nchan_redis_cluster_check_interval_backoff | upstream | 1 | none
nchan_redis_cluster_check_interval_max | upstream | 1 | none once
nchan_redis_cluster_recovery_delay | upstream | 1 | none once
nchan_redis_cluster_recovery_delay_min | upstream | 1 | none once
nchan_redis_cluster_recovery_delay_jitter | upstream | 1 | none
nchan_redis_cluster_recovery_delay_backoff | upstream | 1 | none
nchan_redis_cluster_recovery_delay_max | upstream | 1 | none once
nchan_redis_command_timeout | upstream | 1 | none once
nchan_redis_retry_commands | upstream | flag | none once
nchan_redis_retry_commands_max_wait | upstream | 1 | none once
nchan_redis_subscribe_weights | upstream | 1-2 | none
nchan_redis_optimize_target | upstream | 1 | none
nchan_redis_namespace | http server location upstream | 1 | once
nchan_redis_fakesub_timer_interval | http | 1 | once
nchan_redis_idle_channel_cache_timeout | http server location | 1 | once
nchan_redis_upstream_stats | server location | 1 | none
nchan_redis_upstream_stats_enabled | upstream | flag | none once
nchan_redis_upstream_stats_disconnected_timeout | upstream | flag | none once
nchan_message_timeout | http server location | 1
push_message_timeout | http server location | 1
nchan_message_buffer_length | http server location | 1
push_max_message_buffer_length | http server location | 1
push_message_buffer_length | http server location | 1
nchan_message_max_buffer_length | http server location | 1
nchan_subscribe_existing_channels_only | http server location | flag | once
push_authorized_channels_only | http server location | flag | once
nchan_access_control_allow_origin | http server location location-if | 1 | once
nchan_access_control_allow_credentials | http server location location-if | flag | once
nchan_channel_group | server location location-if | 1 | once
push_channel_group | server location location-if | 1 | once
nchan_channel_group_accounting | server location | flag | once
nchan_group_location | location | 0-3 | none
nchan_group_max_channels | location | 1 | once
nchan_group_max_messages | location | 1 | once
nchan_group_max_messages_memory | location | 1 | once
nchan_group_max_messages_disk | location | 1 | once
nchan_group_max_subscribers | location | 1 | once
nchan_channel_events_channel_id | server location location-if | 1
nchan_stub_status | location | 0 | none
nchan_channel_event_string | server location location-if | 1 | once
nchan_max_channel_id_length | http server location | 1 | once
push_max_channel_id_length | http server location | 1 | once
nchan_max_channel_subscribers | http server location | 1 | once
push_max_channel_subscribers | http server location | 1 | once
nchan_channel_timeout | http server location | 1 | once
push_channel_timeout | http server location | 1 | once
nchan_storage_engine | http server location | 1
nchan_benchmark | location | 0 | none
nchan_benchmark_time | location | 1 | once
nchan_benchmark_messages_per_channel_per_minute | location | 1 | once
nchan_benchmark_message_padding_bytes | location | 1 | once
nchan_benchmark_channels | location | 1 | once
nchan_benchmark_subscribers_per_channel | location | 1 | once
nchan_benchmark_subscriber_distribution | location | 1
nchan_benchmark_publisher_distribution | location | 1
push_min_message_buffer_length | server location location-if | 1
push_subscriber_concurrency | server location location-if | 1

# ngx_http_lua_module (http) lua-nginx-module: src/ngx_http_lua_module.c
lua_load_resty_core | http | 1
lua_thread_cache_max_entries | http | 1 | once
lua_max_running_timers | http | 1 | once
lua_max_pending_timers | http | 1 | once
lua_shared_dict | http | 2 | none
lua_capture_error_log | http | 1
lua_sa_restart | http | flag | once
lua_regex_cache_max_entries | http | 1 | once
lua_regex_match_limit | http | 1 | once
lua_package_cpath | http | 1 | once
lua_package_path | http | 1 | once
lua_code_cache | http server location location-if | flag | once
lua_need_request_body | http server location location-if | flag | once
lua_transform_underscores_in_response_headers | http server location location-if | flag | once
lua_socket_log_errors | http server location location-if | flag | once
init_by_lua_block | http | 0 {} | none
init_by_lua | http | 1 | once
init_by_lua_file | http | 1 | once
init_worker_by_lua_block | http | 0 {} | none
init_worker_by_lua | http | 1 | once
init_worker_by_lua_file | http | 1 | once
exit_worker_by_lua_block | http | 0 {} | none
exit_worker_by_lua_file | http | 1 | once
set_by_lua_block | server location server-if location-if | 1 {} | none
set_by_lua | server location server-if location-if | 2+ | none
set_by_lua_file | server location server-if location-if | 2+ | none
server_rewrite_by_lua_block | http server | 0 {} | none
server_rewrite_by_lua_file | http server | 1 | once
rewrite_by_lua | http server location location-if | 1 | once
rewrite_by_lua_block | http server location location-if | 0 {} | none
access_by_lua | http server location location-if | 1 | once
access_by_lua_block | http server location location-if | 0 {} | none
content_by_lua | location location-if | 1 | none once
content_by_lua_block | location location-if | 0 {} | none
log_by_lua | http server location location-if | 1 | once
log_by_lua_block | http server location location-if | 0 {} | none
rewrite_by_lua_file | http server location location-if | 1 | once
rewrite_by_lua_no_postpone | http | flag | once
access_by_lua_file | http server location location-if | 1 | once
access_by_lua_no_postpone | http | flag | once
content_by_lua_file | location location-if | 1 | none once
log_by_lua_file | http server location location-if | 1 | once
header_filter_by_lua | http server location location-if | 1 | once
header_filter_by_lua_block | http server location location-if | 0 {} | none
header_filter_by_lua_file | http server location location-if | 1 | once
body_filter_by_lua | http server location location-if | 1 | once
body_filter_by_lua_block | http server location location-if | 0 {} | none
body_filter_by_lua_file | http server location location-if | 1 | once
balancer_by_lua_block | upstream | 0 {} | none
balancer_by_lua_file | upstream | 1 | none once
lua_socket_keepalive_timeout | http server location location-if | 1 | once
lua_socket_connect_timeout | http server location location-if | 1 | once
lua_socket_send_timeout | http server location location-if | 1 | once
lua_socket_send_lowat | http server location location-if | 1 | once
lua_socket_buffer_size | http server location location-if | 1 | once
lua_socket_pool_size | http server location location-if | 1 | once
lua_socket_read_timeout | http server location location-if | 1 | once
lua_http10_buffering | http server location location-if | flag | once
lua_check_client_abort | http server location location-if | flag | once
lua_use_default_type | http server location location-if | flag | once
lua_ssl_protocols | http server location | 1+
lua_ssl_ciphers | http server location | 1 | once
ssl_client_hello_by_lua_block | http server | 0 {} | none
ssl_client_hello_by_lua_file | http server | 1 | once
ssl_certificate_by_lua_block | http server | 0 {} | none
ssl_certificate_by_lua_file | http server | 1 | once
ssl_session_store_by_lua_block | http | 0 {} | none
ssl_session_store_by_lua_file | http | 1 | once
ssl_session_fetch_by_lua_block | http | 0 {} | none
ssl_session_fetch_by_lua_file | http | 1 | once
lua_ssl_verify_depth | http server location | 1 | once
lua_ssl_trusted_certificate | http server location | 1 | once
lua_ssl_crl | http server location | 1 | once
lua_ssl_conf_command | http server location | 2 | list
lua_malloc_trim | http | 1
lua_worker_thread_vm_pool_size | http | 1 | once

# ngx_http_upstream_fair_module (http) nginx-upstream-fair: ngx_http_upstream_fair_module.c
fair | upstream | any | none
upstream_fair_shm_size | http | 1

# ngx_http_uploadprogress_module (http) nginx-upload-progress-module: ngx_http_uploadprogress_module.c
upload_progress | http | 2 | none
track_uploads | http server location | 2
report_uploads | http server location | 1 | none
upload_progress_content_type | http server location | 1 | once
upload_progress_template | http server location | 2
upload_progress_java_output | http server location | 0
upload_progress_json_output | http server location | 0
upload_progress_jsonp_output | http server location | 0
upload_progress_header | http server location | 1 | once
upload_progress_jsonp_parameter | http server location | 1 | once

# ngx_http_subs_filter_module (http) ngx_http_substitutions_filter_module: ngx_http_subs_filter_module.c
subs_filter | http server location | 2+ | list
subs_filter_bypass | http server location | 1+ | list
subs_filter_types | http server location | 1+ | list
subs_line_buffer_size | http server location | 2 | once
subs_buffers | http server location | 2 | once

# ngx_http_headers_more_filter_module (http) headers-more-nginx-module: src/ngx_http_headers_more_filter_module.c
more_set_headers | http server location location-if | 1+ | add
more_clear_headers | http server location location-if | 1+ | add
more_set_input_headers | http server location location-if | 1+ | add
more_clear_input_headers | http server location location-if | 1+ | add

# ngx_http_geoip2_module (http) ngx_http_geoip2_module: ngx_http_geoip2_module.c
geoip2 | http | 1 {} | none
geoip2_proxy | http | 1 | none
geoip2_proxy_recursive | http | flag | once

# ngx_http_echo_module (http) echo-nginx-module: src/ngx_http_echo_module.c
echo | location location-if | any | none
echo_request_body | location location-if | 0 | none
echo_sleep | location location-if | 1 | none
echo_flush | location location-if | 0 | none
echo_blocking_sleep | location location-if | 1 | none
echo_reset_timer | location location-if | 0 | none
echo_before_body | location location-if | any | none
echo_after_body | location location-if | any | none
echo_location_async | location location-if | 1-2 | none
echo_location | location location-if | 1-2 | none
echo_subrequest_async | location location-if | 2+ | none
echo_subrequest | location location-if | 2+ | none
echo_duplicate | location location-if | 2+ | none
echo_read_request_body | location location-if | 0 | none
echo_foreach_split | location location-if | 2+ | none
echo_end | location location-if | 0 | none
echo_abort_parent | location location-if | 0 | none
echo_exec | location location-if | 1-2 | none
echo_status | location location-if | 1 | once

# ngx_http_fancyindex_module (http) ngx-fancyindex: ngx_http_fancyindex_module.c
fancyindex | http server location | flag | once
fancyindex_default_sort | http server location | 1 | once
fancyindex_directories_first | http server location | flag | once
fancyindex_localtime | http server location | flag | once
fancyindex_exact_size | http server location | flag | once
fancyindex_name_length | http server location | 1 | once
fancyindex_header | http server location | 1-2 | once
fancyindex_footer | http server location | 1-2 | once
fancyindex_css_href | http server location | 1 | once
fancyindex_ignore | http server location | 1+ | list
fancyindex_hide_symlinks | http server location | flag | once
fancyindex_show_path | http server location | flag | once
fancyindex_show_dotfiles | http server location | flag | once
fancyindex_hide_parent_dir | http server location | flag | once
fancyindex_time_format | http server location | 1 | once

# ngx_http_dav_ext_module (http) nginx-dav-ext-module: ngx_http_dav_ext_module.c
dav_ext_methods | http server location | 1+
dav_ext_lock_zone | http | 1-2 | none
dav_ext_lock | http server location | 1

# ngx_http_cache_purge_module (http) ngx_cache_purge: ngx_cache_purge_module.c
fastcgi_cache_purge | http server location | 1+ | once
proxy_cache_purge | http server location | 1+ | once
scgi_cache_purge | http server location | 1+ | once
uwsgi_cache_purge | http server location | 1+ | once

# ngx_http_auth_pam_module (http) ngx_http_auth_pam_module: ngx_http_auth_pam_module.c
auth_pam | http server location limit_except | 1 | once
auth_pam_service_name | http server location limit_except | 1 | once
auth_pam_set_pam_env | http server location limit_except | flag | once

# ndk_http_module (http) ngx_devel_kit: src/ndk_upstream_list.c
upstream_list | http server | 2+ | none

# ngx_http_js_module (http) njs: nginx/ngx_http_js_module.c
js_body_filter | location location-if limit_except | 1-2
js_content | location location-if limit_except | 1 | none
js_context_reuse | http server location | 1 | once
js_context_reuse_max_size | http server location | 1 | once
js_engine | http server location | 1
js_fetch_buffer_size | http server location | 1 | once
js_fetch_ciphers | http server location | 1 | once
js_fetch_keepalive | http server location | 1 | once
js_fetch_keepalive_requests | http server location | 1 | once
js_fetch_keepalive_time | http server location | 1 | once
js_fetch_keepalive_timeout | http server location | 1 | once
js_fetch_max_response_buffer_size | http server location | 1 | once
js_fetch_protocols | http server location | 1+
js_fetch_proxy | http server location | 1
js_fetch_timeout | http server location | 1 | once
js_fetch_trusted_certificate | http server location | 1 | once
js_fetch_verify | http server location | flag | once
js_fetch_verify_depth | http server location | 1 | once
js_header_filter | location location-if limit_except | 1 | once
js_import | http server location | 1,3 | list
js_include | http | 1
js_path | http server location | 1 | list
js_periodic | location | any | none
js_preload_object | http server location | 1,3 | list
js_set | http server location | 2-3 | list
js_shared_array_zone | http | 1 | none
js_shared_dict_zone | http | 1+ | none
js_var | http server location | 1-2 | list

# ngx_stream_geoip2_module (stream) ngx_http_geoip2_module: ngx_stream_geoip2_module.c
geoip2 | stream | 1 {} | none

# ngx_stream_js_module (stream) njs: nginx/ngx_stream_js_module.c
js_access | stream server | 1 | once
js_context_reuse | stream server | 1 | once
js_context_reuse_max_size | stream server | 1 | once
js_engine | stream server | 1
js_fetch_buffer_size | stream server | 1 | once
js_fetch_ciphers | stream server | 1 | once
js_fetch_max_response_buffer_size | stream server | 1 | once
js_fetch_protocols | stream server | 1+
js_fetch_timeout | stream server | 1 | once
js_fetch_trusted_certificate | stream server | 1 | once
js_fetch_verify | stream server | flag | once
js_fetch_verify_depth | stream server | 1 | once
js_filter | stream server | 1 | once
js_import | stream server | 1,3 | list
js_include | stream | 1
js_path | stream server | 1 | list
js_periodic | server | any | none
js_preload_object | stream server | 1,3 | list
js_preread | stream server | 1 | once
js_set | stream server | 2-3 | list
js_shared_dict_zone | stream | 1+ | none
js_var | stream server | 1-2 | list
`;

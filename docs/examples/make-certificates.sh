#!/bin/sh
# Makes the certificates and revocation lists of the two examples beside this script: hazards/certs and repaired/certs.
# They are thrown away and made anew on each run, valid from now for a year, and good for nothing but the examples.
#
#   certs/server.pem, .key      the proxy towards its clients, for *.example.test
#   certs/server-ca.pem         the CA that the clients know it by
#   certs/clients-ca.pem        the CAs of the clients: an issuing CA and the root above it
#   certs/clients-crl.pem       their revocation lists; in hazards the root's is missing
#   certs/proxy.pem, .key       the proxy towards the ledger's back end
#   certs/backend-ca.pem        the CA of the ledger's back end
#   certs/backend.pem, .key     the ledger's back end
#   certs/alice.pem, .key       a client whom the authorization maps admit
#   certs/mallory.pem, .key     a client whom they refuse
#   certs/bob.pem, .key         a client whose certificate is revoked
#   certs/stranger.pem, .key    a client of a CA that nobody here knows
#
# usage: make-certificates.sh [FOLDER]   FOLDER: where hazards/ and repaired/ lie, if not beside this script
set -eu
umask 077

if ! command -v openssl >/dev/null; then
  echo 'make-certificates.sh: the command openssl is needed and was not found' >&2
  exit 1
fi

examples=${1:-$(dirname "$0")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Everything that openssl has to know; the machine's own openssl.cnf plays no part.
cat >"$work/openssl.cnf" <<'CONFIGURATION'
[ req ]
distinguished_name = subject
[ subject ]

[ root ]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ issuing ]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ client ]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ server ]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $ENV::SERVER_NAME
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid

[ ca ]
default_ca = revocation
[ revocation ]
database = $ENV::REVOKED
default_md = sha256
default_crl_days = 365
crl_extensions = crl
[ crl ]
authorityKeyIdentifier = keyid
CONFIGURATION
export OPENSSL_CONF="$work/openssl.cnf" SERVER_NAME= REVOKED=

# Runs openssl, which is shown only if it fails.
run() {
  openssl "$@" >"$work/messages" 2>&1 || {
    cat "$work/messages" >&2
    exit 1
  }
}

# root NAME SUBJECT: a key and a certificate signed with it.
root() {
  run ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"
  run req -new -x509 -extensions root -sha256 -days 365 -key "$work/$1.key" -subj "$2" -out "$work/$1.pem"
}

# issue NAME SUBJECT KIND ISSUER: a key and a certificate signed by ISSUER. KIND is a section of openssl.cnf.
serial=4096
issue() {
  serial=$((serial + 1))
  run ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"
  run req -new -key "$work/$1.key" -subj "$2" -out "$work/$1.csr"
  run x509 -req -in "$work/$1.csr" -CA "$work/$4.pem" -CAkey "$work/$4.key" -set_serial "$serial" -sha256 -days 365 \
    -extfile "$OPENSSL_CONF" -extensions "$3" -out "$work/$1.pem"
}

# revocations ISSUER [NAME]: the revocation list of ISSUER, with the certificate NAME on it.
revocations() {
  REVOKED=$work/$1.index
  : >"$REVOKED"
  if [ $# -gt 1 ]; then
    run ca -cert "$work/$1.pem" -keyfile "$work/$1.key" -revoke "$work/$2.pem"
  fi
  run ca -cert "$work/$1.pem" -keyfile "$work/$1.key" -gencrl -out "$work/$1.crl"
}

root server-ca '/O=Example/CN=Example Servers CA'
SERVER_NAME='DNS:*.example.test'
issue server '/O=Example/CN=proxy.example.test' server server-ca

root clients-root '/O=Example/CN=Example Root CA'
issue clients-issuing '/O=Example/CN=Example Clients CA' issuing clients-root
issue alice '/O=Example/OU=Staff/CN=alice' client clients-issuing
issue bob '/O=Example/OU=Staff/CN=bob' client clients-issuing
issue mallory '/O=Example/OU=Contractors/CN=mallory' client clients-issuing
revocations clients-root
revocations clients-issuing bob

root backend-ca '/O=Example/CN=Example Back-ends CA'
SERVER_NAME='DNS:ledger-backend.example.test'
issue backend '/O=Example/CN=ledger-backend.example.test' server backend-ca
issue proxy '/O=Example/CN=proxy.example.test' client backend-ca

root stranger-ca '/O=Elsewhere/CN=Elsewhere CA'
issue stranger '/O=Example/OU=Staff/CN=alice' client stranger-ca

for example in hazards repaired; do
  certs=$examples/$example/certs
  mkdir -p "$certs"
  for name in server proxy backend stranger; do
    cat "$work/$name.pem" >"$certs/$name.pem"
  done
  # Clients send the CA that issued their certificate along.
  for name in alice bob mallory; do
    cat "$work/$name.pem" "$work/clients-issuing.pem" >"$certs/$name.pem"
  done
  for name in server proxy backend stranger alice bob mallory; do
    cat "$work/$name.key" >"$certs/$name.key"
  done
  cat "$work/server-ca.pem" >"$certs/server-ca.pem"
  cat "$work/backend-ca.pem" >"$certs/backend-ca.pem"
  cat "$work/clients-issuing.pem" "$work/clients-root.pem" >"$certs/clients-ca.pem"
done
cat "$work/clients-issuing.crl" >"$examples/hazards/certs/clients-crl.pem"
cat "$work/clients-issuing.crl" "$work/clients-root.crl" >"$examples/repaired/certs/clients-crl.pem"

echo "The certificates are in $examples/hazards/certs and $examples/repaired/certs."

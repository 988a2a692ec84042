#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the certificates of http_faults.py in FOLDER, with two private authorities:
#   ca.pem other-ca.pem   the authorities
#   server.pem            for localhost, 127.0.0.1, 127.0.0.2, ::1 and *.proxied.example
#   store.pem             the same with another key
#   expired.pem           the same, long expired
#   elsewhere.pem         for elsewhere.example alone
#   stranger.pem          for localhost, by the other authority
#   server.pin            the pin of server.pem: sha256/BASE64
# A server's file holds its key and its certificate.
set -eu
umask 077
cd "${1:?usage: http_certificates.sh FOLDER}"

here='DNS:localhost,DNS:*.proxied.example,IP:127.0.0.1,IP:127.0.0.2,IP:::1'

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 \
        -subj "/CN=test authority $1" -keyout "$1.key" -out "$1.pem"
    : >"$1.index"
    cat >"$1.conf" <<END
[ca]
default_ca = it
[it]
database = $1.index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
certificate = $1.pem
private_key = $1.key
[any]
commonName = supplied
END
}

# server NAME AUTHORITY NAMES [when it is valid ...]
server() {
    name=$1 authority=$2 names=$3
    shift 3
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
        -addext "subjectAltName=$names" -keyout "$name.key" -out "$name.csr"
    openssl ca -batch -notext -config "$authority.conf" -in "$name.csr" -out "$name.crt" "$@"
    cat "$name.key" "$name.crt" >"$name.pem"
}

{
    authority ca
    authority other-ca
    server server ca "$here" -days 7
    server store ca "$here" -days 7
    server expired ca "$here" -startdate 20200101000000Z -enddate 20200201000000Z
    server elsewhere ca 'DNS:elsewhere.example' -days 7
    server stranger other-ca "$here" -days 7
    openssl x509 -in server.crt -noout -pubkey >server.pub
    openssl pkey -pubin -in server.pub -outform DER -out server.der
    printf 'sha256/%s' "$(openssl dgst -sha256 -binary server.der | openssl base64)" >server.pin
} >making.log 2>&1 || {
    cat making.log >&2
    exit 1
}

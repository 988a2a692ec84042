/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in: its options, its checks, its hooks.
 */
#include "buildnode.h"

#define DAY (1440 * BN_MINUTE)

/* ---- options ---- */

static const struct cmk_option options[] = {
    {.name = "anchors",
     .type = CMK_FILE | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .flags = CMK_REQUIRED,
     .help = "files of the trusted authorities' certificates; an issuing authority may be one"},
    {.name = "issuers",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "SHA-256 of the issuing authority's certificate or key, one of these"},
    {.name = "subject",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "the whole subject, as RFC 4514 writes it, one of these"},
    {.name = "subject_under",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "where the subject ends, \"OU=Release Nodes,DC=acme,DC=example\", one of these"},
    {.name = "subject_any",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "what stands somewhere in the subject, \"CN=build-7,O=Acme\", one of these"},
    {.name = "subject_all",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "all that an attribute may be, \"OU=Release Nodes\", wherever it stands"},
    {.name = "template",
     .type = CMK_TEXT,
     .of = CMK_OF_SYSTEM,
     .help = "OID of the Microsoft certificate template (version 2 and later)"},
    {.name = "template_major",
     .type = CMK_INTEGER,
     .of = CMK_OF_SYSTEM,
     .most = UINT32_MAX,
     .help = "least major version of that template"},
    {.name = "template_minor",
     .type = CMK_INTEGER,
     .of = CMK_OF_SYSTEM,
     .most = UINT32_MAX,
     .help = "least minor version of that major version"},
    {.name = "template_name",
     .type = CMK_TEXT,
     .of = CMK_OF_SYSTEM,
     .help = "name of the Microsoft certificate template (version 1)"},
    {.name = "dns",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "patterns of a host's name in subjectAltName; * stays within a label"},
    {.name = "uri",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "patterns of the one URI in subjectAltName, a SPIFFE id"},
    {.name = "revocation",
     .type = CMK_CHOICE,
     .of = CMK_OF_SYSTEM,
     .otherwise = "crl",
     .words = "crl|ocsp|none",
     .help = "where it is looked up whether a certificate was taken back"},
    {.name = "crl",
     .type = CMK_FILE | CMK_LIST,
     .of = CMK_OF_SYSTEM,
     .help = "files of revocation lists, of each authority up to the anchor"},
    {.name = "ocsp_url",
     .type = CMK_URL,
     .of = CMK_OF_SYSTEM,
     .help = "address of the OCSP responder"},
    {.name = "strength",
     .type = CMK_INTEGER,
     .of = CMK_OF_SYSTEM,
     .otherwise = "112",
     .least = 112,
     .most = 256,
     .help = "least bits of security of each key and signature: 112 is RSA 2048, 128 is P-256"},
    {.name = "max_validity",
     .type = CMK_DURATION,
     .of = CMK_OF_SYSTEM,
     .least = BN_MINUTE,
     .most = 100 * DAY,
     .help = "longest time that a node's certificate may be valid, from its first day on"},
    {.name = "strict",
     .type = CMK_TRUTH,
     .of = CMK_OF_SYSTEM,
     .otherwise = "true",
     .help = "whether authorities follow RFC 5280 to the letter; false for old private ones"},
    {.name = NULL},
};

/* ---- checks ---- */

/* What is demanded of a node is said once, at the system: no policy can take anything off. */
static const struct cmk_check checks[] = {
    {.id = "proof",
     .question = "Does who asks hold the certificate's key?",
     .expected = "our challenge, signed with that key",
     .remedy = "Sign the request with the node's own certificate and key (countermark node-sign), "
               "the certificate first in the file.",
     .flags = CMK_BINDING | CMK_GATE,
     .ask = bn_proof},
    {.id = "proof-for-this",
     .question = "Was it signed for this request?",
     .expected = "this verifier, project, policy, system and file",
     .remedy = "Make a challenge for this very file, project and policy (countermark "
               "node-challenge), and have the node sign that.",
     .flags = CMK_BINDING | CMK_GATE,
     .ask = bn_proof_for_this},
    {.id = "proof-fresh",
     .question = "Was it signed just now?",
     .expected = "a challenge of at most ten minutes, used in that time",
     .remedy = "Make a new challenge and have it signed at once; see that the clock is right.",
     .flags = CMK_BINDING | CMK_GATE,
     .ask = bn_proof_fresh},
    {.id = "chain-trusted",
     .question = "Does the certificate come from a trusted authority?",
     .expected = "a chain to one of the system's `anchors`",
     .remedy = "Put the authorities between node and anchor behind the node's certificate, in the "
               "file that it signs with; or name the issuing authority in `anchors`.",
     .flags = CMK_BINDING,
     .ask = bn_chain_trusted},
    {.id = "issuer",
     .question = "Was it issued by the authority that is meant?",
     .expected = "one of the system's `issuers`",
     .remedy = "If that authority is right for you, add the SHA-256 of its certificate or key to "
               "the system's `issuers`.",
     .flags = CMK_BINDING,
     .ask = bn_issuer},
    {.id = "subject",
     .question = "Is it one of the nodes that are meant?",
     .expected = "the system's conditions on the subject",
     .remedy = "Have the node enrolled as a release node; or correct the system's `subject...`.",
     .flags = CMK_BINDING,
     .ask = bn_subject},
    {.id = "template",
     .question = "Was it made by the certificate template that is meant?",
     .expected = "the system's template",
     .remedy = "Enroll the node by that template (certreq -enroll, or wait for auto-enrolment); "
               "an older version of it is replaced by re-enrolment of all holders.",
     .flags = CMK_BINDING,
     .ask = bn_template},
    {.id = "alternative-name",
     .question = "Does it name a host or a service that is meant?",
     .expected = "the system's `dns` and `uri`",
     .remedy =
         "Have the certificate issued with that name, or correct the system's `dns` or `uri`.",
     .flags = CMK_BINDING,
     .ask = bn_alternative_name},
    {.id = "client-auth",
     .question = "Is it a certificate to authenticate a client with?",
     .expected = "client authentication, said by the certificate itself",
     .remedy = "Have it issued with the extended key usage Client Authentication "
               "(1.3.6.1.5.5.7.3.2) and the key usage Digital Signature.",
     .flags = CMK_BINDING,
     .ask = bn_client_auth},
    {.id = "key-strength",
     .question = "Are all keys and signatures strong enough?",
     .expected = "the system's `strength`",
     .remedy = "Issue the certificate anew with a stronger key: RSA of 2048 bits, or P-256, and "
               "SHA-256 at least.",
     .flags = CMK_BINDING,
     .ask = bn_key_strength},
    {.id = "valid-at",
     .question = "Was the certificate valid when it was decided?",
     .expected = "a certificate of that time",
     .remedy = "Have the certificate renewed, or that of the authority above it.",
     .flags = CMK_BINDING,
     .ask = bn_valid_at},
    {.id = "not-revoked",
     .question = "Is the certificate still good in its authority's eyes?",
     .expected = "it and all above it were not taken back",
     .remedy = "Find out why it was revoked. If the node can be trusted again, have it enrolled "
               "anew.",
     .flags = CMK_BINDING,
     .ask = bn_not_revoked},
    {.id = NULL},
};

/* ---- the connector ---- */

/* It asserts no origin: a node can be trusted and still build anything. */
static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    (void)s;
    return c->base->status(c);
}

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .flags = CMK_TAKES_PEER,
    .configure = bn_configure,
    .authenticate = bn_authenticate,
    .collect_origin = bn_collect_origin,
    .state_origin = state_origin,
    .verify = checks,
};

CMK_PLUGIN(buildnode, .version = "1.0", .summary = "machines, by their TLS client certificates",
           .options = options, .connector = &connector)

/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/unit/attest/fake_token.h: a PKCS#11 module that misbehaves as it is told.
 *
 * One slot with one token, "fake", PIN "1234"; keys "ec", "p384",
 * "p521", "rsa", "ed" (each with a public key of
 * the same id), "certified" (with a certificate), "lonely" (neither), "twin" (twice) and "weak".
 */
#ifndef CM_TESTS_FAKE_TOKEN_H
#define CM_TESTS_FAKE_TOKEN_H

#define FAKE_SYMBOL "fake_token"

struct fake_token {
    char does[128]; /* words, each with a space on both sides; see fake_token.c */
    unsigned logins, sessions, open_sessions, signs, finds, starts, ends;
};

#endif

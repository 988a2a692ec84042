/* SPDX-License-Identifier: Apache-2.0
 *
 * What the real ones do only when nobody looks. It is loaded as they are: by its path.
 */
#include "fake_token.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED     __attribute__((visibility("default")))
#define COUNT(array) (sizeof(array) / sizeof *(array))

EXPORTED extern struct fake_token fake_token;
struct fake_token fake_token;

static bool
does(const char *what)
{
    char word[64];
    (void)snprintf(word, sizeof word, " %s ", what);
    return strstr(fake_token.does, word) != NULL;
}

/* ---- what is on it ---- */

enum { KEY_EC, KEY_P384, KEY_P521, KEY_RSA, KEY_ED, KEY_WEAK, KEY_OTHER, KEYS };

static EVP_PKEY *keys[KEYS];

static const struct object {
    CK_OBJECT_CLASS class;
    int key;
    const char *label, *id;
} objects[] = {
    {CKO_PRIVATE_KEY, KEY_EC, "ec", "1"},        {CKO_PUBLIC_KEY, KEY_EC, "ec", "1"},
    {CKO_PRIVATE_KEY, KEY_P384, "p384", "b"},    {CKO_PUBLIC_KEY, KEY_P384, "p384", "b"},
    {CKO_PRIVATE_KEY, KEY_P521, "p521", "c"},    {CKO_PUBLIC_KEY, KEY_P521, "p521", "c"},
    {CKO_PRIVATE_KEY, KEY_RSA, "rsa", "2"},      {CKO_PUBLIC_KEY, KEY_RSA, "rsa", "2"},
    {CKO_PRIVATE_KEY, KEY_ED, "ed", "3"},        {CKO_PUBLIC_KEY, KEY_ED, "ed", "3"},
    {CKO_PRIVATE_KEY, KEY_EC, "certified", "4"}, {CKO_CERTIFICATE, KEY_EC, "certified", "4"},
    {CKO_PRIVATE_KEY, KEY_EC, "lonely", "5"},    {CKO_PRIVATE_KEY, KEY_EC, "twin", "6"},
    {CKO_PRIVATE_KEY, KEY_EC, "twin", "7"},      {CKO_PRIVATE_KEY, KEY_WEAK, "weak", "8"},
    {CKO_PRIVATE_KEY, KEY_EC, "doubled", "9"},   {CKO_PUBLIC_KEY, KEY_EC, "doubled", "9"},
    {CKO_PUBLIC_KEY, KEY_OTHER, "doubled", "9"}, {CKO_PRIVATE_KEY, KEY_EC, "foreign", "a"},
    {CKO_PUBLIC_KEY, KEY_OTHER, "foreign", "a"}, {CKO_PRIVATE_KEY, KEY_EC, "anonymous", ""},
};

static EVP_PKEY *
key_of(const struct object *object)
{
    return keys[object->key == KEY_EC && does("other-key") ? KEY_OTHER : object->key];
}

static CK_RV
initialize(void *args)
{
    (void)args;
    fake_token.starts++;
    if (does("no-start"))
        return CKR_GENERAL_ERROR;
    if (keys[KEY_EC] == NULL) {
        keys[KEY_EC] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        keys[KEY_P384] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
        keys[KEY_P521] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
        keys[KEY_OTHER] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        keys[KEY_RSA] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
        keys[KEY_WEAK] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
        keys[KEY_ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    return CKR_OK;
}

static CK_RV
finalize(void *reserved)
{
    (void)reserved;
    fake_token.ends++;
    return CKR_OK;
}

static void
pad(unsigned char *to, size_t size, const char *text)
{
    memset(to, ' ', size);
    memcpy(to, text, strlen(text));
}

static CK_RV
get_info(CK_INFO *info)
{
    memset(info, 0, sizeof *info);
    info->cryptokiVersion.major = 2;
    pad(info->manufacturerID, sizeof info->manufacturerID, "Fakes");
    pad(info->libraryDescription, sizeof info->libraryDescription, "Fake");
    return does("no-info") ? CKR_GENERAL_ERROR : CKR_OK;
}

/* ---- slots ---- */

static CK_RV
get_slot_list(unsigned char present, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_ULONG room = *count, slots = does("two-tokens") ? 2 : does("gone") ? 0 : 1;
    (void)present;
    if (does("many-slots"))
        return CKR_BUFFER_TOO_SMALL;
    if (does("no-slots"))
        return CKR_DEVICE_ERROR;
    *count = does("lying-slots") ? 100000 : slots;
    for (CK_ULONG i = 0; list != NULL && i < slots && i < room; i++)
        list[i] = 7 + i;
    return CKR_OK;
}

static CK_RV
get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    (void)slot;
    memset(info, 0, sizeof *info);
    pad(info->slotDescription, sizeof info->slotDescription, "Slot");
    pad(info->manufacturerID, sizeof info->manufacturerID, "Fakes");
    info->flags = CKF_TOKEN_PRESENT;
    return does("no-slot-info") ? CKR_DEVICE_ERROR : CKR_OK;
}

static CK_RV
get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    memset(info, 0, sizeof *info);
    pad(info->label, sizeof info->label, "fake");
    pad(info->manufacturerID, sizeof info->manufacturerID, "Fakes");
    pad(info->model, sizeof info->model, "F1");
    pad(info->serialNumber, sizeof info->serialNumber, slot == 7 ? "1" : "2");
    info->flags =
        (does("no-login") ? 0 : CKF_LOGIN_REQUIRED) | (does("blank") ? 0 : CKF_TOKEN_INITIALIZED) |
        (does("low") ? CKF_USER_PIN_COUNT_LOW : 0) | (does("final") ? CKF_USER_PIN_FINAL_TRY : 0) |
        (does("locked") ? CKF_USER_PIN_LOCKED : 0);
    return does("no-token-info") ? CKR_TOKEN_NOT_RECOGNIZED : CKR_OK;
}

static CK_RV
get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    (void)slot;
    bool there = (type == CKM_ECDSA && !does("no-ecdsa")) ||
                 (type == CKM_RSA_PKCS && !does("no-raw-rsa")) ||
                 (type == CKM_SHA256_RSA_PKCS && !does("no-rsa")) ||
                 (type == CKM_EDDSA && !does("no-eddsa"));
    memset(info, 0, sizeof *info);
    info->flags = does("only-verifies") ? CKF_VERIFY : CKF_SIGN;
    return there ? CKR_OK : CKR_MECHANISM_INVALID;
}

/* ---- sessions ---- */

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
             CK_SESSION_HANDLE *ret)
{
    (void)slot;
    (void)application;
    (void)notify;
    if (does("no-session") || !(flags & CKF_SERIAL_SESSION))
        return CKR_SESSION_COUNT;
    *ret = ++fake_token.sessions;
    fake_token.open_sessions++;
    return CKR_OK;
}

static CK_RV
close_session(CK_SESSION_HANDLE session)
{
    (void)session;
    fake_token.open_sessions--;
    return CKR_OK;
}

static CK_RV
login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG size)
{
    (void)session;
    fake_token.logins++;
    if (does("login-removed"))
        return CKR_DEVICE_REMOVED;
    if (does("logged-in"))
        return CKR_USER_ALREADY_LOGGED_IN;
    if (user == CKU_CONTEXT_SPECIFIC && does("wrong-again"))
        return CKR_PIN_INCORRECT;
    return size == 4 && memcmp(pin, "1234", 4) == 0 ? CKR_OK : CKR_PIN_INCORRECT;
}

/* ---- objects ---- */

static struct {
    CK_OBJECT_HANDLE at[COUNT(objects)];
    size_t count, given;
} search;

static bool
is_text(const CK_ATTRIBUTE *attribute, const char *text)
{
    return attribute->ulValueLen == strlen(text) &&
           memcmp(attribute->pValue, text, strlen(text)) == 0;
}

static bool
is_like(const struct object *object, const CK_ATTRIBUTE *like, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++)
        if ((like[i].type == CKA_CLASS &&
             memcmp(like[i].pValue, &object->class, sizeof object->class) != 0) ||
            (like[i].type == CKA_LABEL && !is_text(&like[i], object->label)) ||
            (like[i].type == CKA_ID && !is_text(&like[i], object->id)))
            return false;
    return true;
}

static CK_RV
find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *like, CK_ULONG count)
{
    (void)session;
    if (does("no-search"))
        return CKR_SESSION_CLOSED;
    memset(&search, 0, sizeof search);
    for (size_t i = 0; i < COUNT(objects); i++)
        if (is_like(&objects[i], like, count))
            search.at[search.count++] = i + 1;
    return CKR_OK;
}

static CK_RV
find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *to, CK_ULONG most, CK_ULONG *ret)
{
    (void)session;
    fake_token.finds++;
    if (does("lost-search"))
        return CKR_DEVICE_REMOVED;
    if (does("endless"))
        search.given = 0;
    *ret = most > 0 && search.given < search.count ? 1 : 0;
    if (*ret == 1)
        *to = search.at[search.given++];
    if (does("many-objects"))
        *ret = 1000;
    return CKR_OK;
}

static CK_RV
find_objects_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

static CK_RV
give(CK_ATTRIBUTE *to, const void *at, size_t size)
{
    if (size > to->ulValueLen) {
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    memcpy(to->pValue, at, size);
    to->ulValueLen = size;
    return CKR_OK;
}

static CK_RV
give_number(CK_ATTRIBUTE *to, const EVP_PKEY *pkey, const char *name)
{
    unsigned char bytes[512];
    BIGNUM *bn = NULL;
    int size = EVP_PKEY_get_bn_param(pkey, name, &bn) == 1 ? BN_bn2bin(bn, bytes) : 0;
    BN_free(bn);
    return give(to, bytes, (size_t)size);
}

static CK_RV
give_point(CK_ATTRIBUTE *to, const EVP_PKEY *pkey)
{
    unsigned char bytes[256];
    size_t size = 0, head = EVP_PKEY_get_bits(pkey) > 500 ? 3 : 2;
    bool is_ed = EVP_PKEY_is_a(pkey, "ED25519") == 1;
    if (is_ed ? EVP_PKEY_get_raw_public_key(pkey, bytes + head, (size = 32, &size)) != 1
              : EVP_PKEY_get_octet_string_param(pkey, "pub", bytes + head, 200, &size) != 1)
        return CKR_GENERAL_ERROR;
    if (does("bare-point"))
        return give(to, bytes + head, size);
    bytes[0] = does("odd-point") ? 3 : 4;
    bytes[1] = 0x81;
    bytes[head - 1] = (unsigned char)(size + (does("long-point") ? 1 : 0));
    bytes[head + size - 1] ^= does("off-curve") ? 1 : 0;
    return give(to, bytes, head + size);
}

static CK_RV
give_certificate(CK_ATTRIBUTE *to, EVP_PKEY *pkey)
{
    unsigned char *der = NULL;
    X509 *made = X509_new();
    (void)X509_set_version(made, X509_VERSION_3);
    (void)X509_set_pubkey(made, pkey);
    (void)X509_gmtime_adj(X509_getm_notBefore(made), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    (void)X509_sign(made, pkey, EVP_sha256());
    int size = i2d_X509(made, &der);
    CK_RV answer = give(to, der, does("cut-certificate") ? (size_t)size / 2 : (size_t)size);
    OPENSSL_free(der);
    X509_free(made);
    return answer;
}

static CK_KEY_TYPE
kind_of(const EVP_PKEY *pkey)
{
    return does("strange-kind")                  ? CKK_DSA
           : EVP_PKEY_is_a(pkey, "RSA") == 1     ? CKK_RSA
           : EVP_PKEY_is_a(pkey, "ED25519") == 1 ? CKK_EC_EDWARDS
                                                 : CKK_EC;
}

static CK_RV
give_key(CK_ATTRIBUTE *to, const struct object *object)
{
    EVP_PKEY *pkey = key_of(object);
    CK_KEY_TYPE kind = kind_of(pkey);
    const unsigned char yes = CK_TRUE, no = CK_FALSE;
    static const char *const curves[] = {
        [KEY_P384] = "\x06\x05\x2b\x81\x04\x00\x22", [KEY_P521] = "\x06\x05\x2b\x81\x04\x00\x23"};
    static const char curve[] = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
                      koblitz[] = "\x06\x05\x2b\x81\x04\x00\x0a", ed[] = "\x06\x03\x2b\x65\x70";
    switch (to->type) {
    case CKA_KEY_TYPE:
        return give(to, &kind, does("short-number") ? 1 : sizeof kind);
    case CKA_SIGN:
        return give(to, does("may-not-sign") ? &no : &yes, 1);
    case CKA_ALWAYS_AUTHENTICATE:
        return does("always") ? give(to, &yes, 1) : CKR_ATTRIBUTE_TYPE_INVALID;
    case CKA_MODULUS:
        return give_number(to, pkey, "n");
    case CKA_PUBLIC_EXPONENT:
        return does("no-exponent") ? CKR_ATTRIBUTE_SENSITIVE : give_number(to, pkey, "e");
    case CKA_EC_PARAMS:
        return kind == CKK_EC_EDWARDS ? give(to, ed, sizeof ed - 1)
               : object->key == KEY_P384 || object->key == KEY_P521
                   ? give(to, curves[object->key], 7)
               : does("koblitz") ? give(to, koblitz, sizeof koblitz - 1)
                                 : give(to, curve, sizeof curve - 1);
    case CKA_EC_POINT:
        return object->class == CKO_PUBLIC_KEY ? give_point(to, pkey) : CKR_ATTRIBUTE_TYPE_INVALID;
    default:
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
}

static CK_RV
get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *to,
                    CK_ULONG count)
{
    (void)session;
    const struct object *object = &objects[handle - 1];
    if (count != 1 || does("lost-reading"))
        return CKR_DEVICE_REMOVED;
    if (does("lying-size") && to->type == CKA_MODULUS) {
        to->ulValueLen = (CK_ULONG)1 << 40;
        return CKR_OK;
    }
    if (does("large") && to->type == CKA_MODULUS)
        return CKR_BUFFER_TOO_SMALL;
    if (does("two-truths") && to->type == CKA_SIGN)
        return give(to, "\1\1", 2);
    if (does("unavailable") && to->type == CKA_MODULUS) {
        to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_OK;
    }
    if (to->type == CKA_ID)
        return give(to, object->id, strlen(object->id));
    if (object->class == CKO_CERTIFICATE && to->type == CKA_VALUE)
        return give_certificate(to, key_of(object));
    return give_key(to, object);
}

/* ---- signing ---- */

static struct {
    const struct object *with;
    CK_MECHANISM_TYPE mechanism;
} signing;

static CK_RV
sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)session;
    if (does("init-closed"))
        return CKR_SESSION_CLOSED;
    if (does("init-wrong-kind"))
        return CKR_KEY_TYPE_INCONSISTENT;
    signing.with = &objects[key - 1];
    signing.mechanism = mechanism->mechanism;
    return CKR_OK;
}

static CK_RV
make_raw(unsigned char *der, size_t size, unsigned char *to, CK_ULONG *ret)
{
    int half = (EVP_PKEY_get_bits(key_of(signing.with)) + 7) / 8;
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);
    (void)BN_bn2binpad(ECDSA_SIG_get0_r(pair), to, half);
    (void)BN_bn2binpad(ECDSA_SIG_get0_s(pair), to + half, half);
    ECDSA_SIG_free(pair);
    *ret = 2 * (CK_ULONG)half;
    return CKR_OK;
}

/* As CKM_ECDSA, CKM_RSA_PKCS (its DigestInfo as it comes), CKM_SHA256_RSA_PKCS, CKM_EDDSA do. */
static CK_RV
make(const unsigned char *at, CK_ULONG size, unsigned char *to, CK_ULONG *ret)
{
    unsigned char made[512];
    size_t made_size = sizeof made;
    EVP_PKEY *pkey = key_of(signing.with);
    bool whole = signing.mechanism == CKM_EDDSA || signing.mechanism == CKM_SHA256_RSA_PKCS;
    EVP_MD_CTX *digesting = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
    bool done = whole ? EVP_DigestSignInit(digesting, NULL,
                                           signing.mechanism == CKM_EDDSA ? NULL : EVP_sha256(),
                                           NULL, pkey) == 1 &&
                            EVP_DigestSign(digesting, made, &made_size, at, size) == 1
                      : EVP_PKEY_sign_init(context) == 1 &&
                            EVP_PKEY_sign(context, made, &made_size, at, size) == 1;
    EVP_MD_CTX_free(digesting);
    EVP_PKEY_CTX_free(context);
    if (!done)
        return CKR_FUNCTION_FAILED;
    if (signing.mechanism == CKM_ECDSA)
        return make_raw(made, made_size, to, ret);
    memcpy(to, made, made_size);
    *ret = made_size;
    return CKR_OK;
}

static CK_RV
sign(CK_SESSION_HANDLE session, unsigned char *at, CK_ULONG size, unsigned char *to, CK_ULONG *ret)
{
    (void)session;
    fake_token.signs++;
    if (does("removed"))
        return CKR_DEVICE_REMOVED;
    if (does("no-such-session"))
        return CKR_SESSION_HANDLE_INVALID;
    if (does("forgotten"))
        return CKR_USER_NOT_LOGGED_IN;
    CK_RV answer = make(at, size, to, ret);
    if (does("flipped"))
        to[9] ^= 1;
    if (does("short"))
        *ret -= 1;
    if (does("long"))
        *ret += 1;
    if (does("lying-signature"))
        *ret = (CK_ULONG)1 << 40;
    return answer;
}

/* ---- the table ---- */

static CK_RV get_function_list(CK_FUNCTION_LIST **ret);

static CK_FUNCTION_LIST functions = {
    .version = {2, 40},
    .C_Initialize = initialize,
    .C_Finalize = finalize,
    .C_GetInfo = get_info,
    .C_GetFunctionList = get_function_list,
    .C_GetSlotList = get_slot_list,
    .C_GetSlotInfo = get_slot_info,
    .C_GetTokenInfo = get_token_info,
    .C_GetMechanismInfo = get_mechanism_info,
    .C_OpenSession = open_session,
    .C_CloseSession = close_session,
    .C_Login = login,
    .C_FindObjectsInit = find_objects_init,
    .C_FindObjects = find_objects,
    .C_FindObjectsFinal = find_objects_final,
    .C_GetAttributeValue = get_attribute_value,
    .C_SignInit = sign_init,
    .C_Sign = sign,
};

static CK_RV
get_function_list(CK_FUNCTION_LIST **ret)
{
    *ret = &functions;
    return CKR_OK;
}

EXPORTED CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
    return get_function_list(ret);
}

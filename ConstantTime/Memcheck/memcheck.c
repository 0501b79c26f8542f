/* The marks of memcheck, and the places at which secrets become public by design.
 *
 * The functions of libsodium that are defined again below take the place of libsodium's own in this program, also when libsodium calls
 * them itself. Each does what libsodium's does, and then says what of its result anybody may know: public keys, signatures, ciphertexts,
 * whether a tag or a commitment verified, and whether a chunk of a file is its last. Nothing else is made public.
 */
#define _GNU_SOURCE
#include "memcheck_requests.h"
#include <dlfcn.h>
#include <sodium.h>
#include <valgrind/memcheck.h>

void memcheck_mark_secret(const void *bytes, size_t count) { (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, count); }
void memcheck_mark_public(const void *bytes, size_t count) { (void)VALGRIND_MAKE_MEM_DEFINED(bytes, count); }
unsigned memcheck_report_count(void) { return VALGRIND_COUNT_ERRORS; }

int memcheck_is_secret(const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char bits = 0;
        if (VALGRIND_GET_VBITS((const unsigned char *)bytes + i, &bits, 1) == 1 && bits != 0) return 1;
    }
    return 0;
}

static enum memcheck_opened publishes_opened = MEMCHECK_OPENED_SECRET;
void memcheck_publish_opened(enum memcheck_opened what) { publishes_opened = what; }

/* Public from here on. */
static int published(int result)
{
    VALGRIND_MAKE_MEM_DEFINED(&result, sizeof result);
    return result;
}

/* 0 if the bytes are the same, −1 if not, without a branch. */
static int compare(const unsigned char *x, const unsigned char *y, size_t count)
{
    volatile unsigned char difference = 0;
    for (size_t i = 0; i < count; i++) difference |= x[i] ^ y[i];
    return published((1 & ((difference - 1) >> 8)) - 1);
}

int crypto_verify_16(const unsigned char *x, const unsigned char *y) { return compare(x, y, 16); }
int crypto_verify_32(const unsigned char *x, const unsigned char *y) { return compare(x, y, 32); }
int crypto_verify_64(const unsigned char *x, const unsigned char *y) { return compare(x, y, 64); }
int sodium_memcmp(const void *x, const void *y, size_t count) { return compare(x, y, count); }

#define LIBSODIUM(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int crypto_scalarmult_base(unsigned char *q, const unsigned char *n)
{
    int result = LIBSODIUM(crypto_scalarmult_base)(q, n);
    VALGRIND_MAKE_MEM_DEFINED(q, crypto_scalarmult_BYTES);
    return published(result);
}

/* The result of zero says that the peer's point, which is public, has small order. */
int crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
    return published(LIBSODIUM(crypto_scalarmult)(q, n, p));
}

int crypto_sign_seed_keypair(unsigned char *pk, unsigned char *sk, const unsigned char *seed)
{
    int result = LIBSODIUM(crypto_sign_seed_keypair)(pk, sk, seed);
    VALGRIND_MAKE_MEM_DEFINED(pk, crypto_sign_PUBLICKEYBYTES);
    VALGRIND_MAKE_MEM_DEFINED(sk + crypto_sign_SEEDBYTES, crypto_sign_PUBLICKEYBYTES);
    return published(result);
}

int crypto_sign_detached(unsigned char *sig, unsigned long long *siglen, const unsigned char *m, unsigned long long mlen,
                         const unsigned char *sk)
{
    int result = LIBSODIUM(crypto_sign_detached)(sig, siglen, m, mlen, sk);
    VALGRIND_MAKE_MEM_DEFINED(sig, crypto_sign_BYTES);
    return published(result);
}

int crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char *c, unsigned long long *clen, const unsigned char *m,
                                               unsigned long long mlen, const unsigned char *ad, unsigned long long adlen,
                                               const unsigned char *nsec, const unsigned char *npub, const unsigned char *k)
{
    int result = LIBSODIUM(crypto_aead_xchacha20poly1305_ietf_encrypt)(c, clen, m, mlen, ad, adlen, nsec, npub, k);
    VALGRIND_MAKE_MEM_DEFINED(c, mlen + crypto_aead_xchacha20poly1305_ietf_ABYTES);
    return published(result);
}

int crypto_aead_xchacha20poly1305_ietf_decrypt(unsigned char *m, unsigned long long *mlen, unsigned char *nsec,
                                               const unsigned char *c, unsigned long long clen, const unsigned char *ad,
                                               unsigned long long adlen, const unsigned char *npub, const unsigned char *k)
{
    int result = LIBSODIUM(crypto_aead_xchacha20poly1305_ietf_decrypt)(m, mlen, nsec, c, clen, ad, adlen, npub, k);
    unsigned long long count = clen - crypto_aead_xchacha20poly1305_ietf_ABYTES;
    if (publishes_opened == MEMCHECK_OPENED_PUBLIC) VALGRIND_MAKE_MEM_DEFINED(m, count);
    if (publishes_opened == MEMCHECK_OPENED_UNITS && count >= 2) {
        VALGRIND_MAKE_MEM_DEFINED(m, 2);
        unsigned long long units = 2 + 32 * (unsigned long long)m[1];
        VALGRIND_MAKE_MEM_DEFINED(m, units < count ? units : count);
    }
    return published(result);
}

int crypto_secretstream_xchacha20poly1305_push(crypto_secretstream_xchacha20poly1305_state *state, unsigned char *c,
                                               unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
                                               const unsigned char *ad, unsigned long long adlen, unsigned char tag)
{
    int result = LIBSODIUM(crypto_secretstream_xchacha20poly1305_push)(state, c, clen, m, mlen, ad, adlen, tag);
    VALGRIND_MAKE_MEM_DEFINED(c, mlen + crypto_secretstream_xchacha20poly1305_ABYTES);
    return published(result);
}

/* The tag of a chunk says whether it is the last, which the file's length says too. */
int crypto_secretstream_xchacha20poly1305_pull(crypto_secretstream_xchacha20poly1305_state *state, unsigned char *m,
                                               unsigned long long *mlen, unsigned char *tag, const unsigned char *c,
                                               unsigned long long clen, const unsigned char *ad, unsigned long long adlen)
{
    int result = LIBSODIUM(crypto_secretstream_xchacha20poly1305_pull)(state, m, mlen, tag, c, clen, ad, adlen);
    if (tag != NULL) VALGRIND_MAKE_MEM_DEFINED(tag, 1);
    return published(result);
}

/* ML-KEM itself is BoringSSL's: from one seed follow its public matrix and its secrets, so that marks cannot tell them apart. So a
 * seed is public while the library makes a key of it, and secret again afterwards; what is encapsulated or decapsulated is secret from
 * the moment at which the library gives it out. These are valgrind's function wrappers, which go by the names of the symbols.
 */
#define WRAPPED(name) I_WRAP_SONAME_FNNAME_ZU(NONE, name)
#define ML_KEM(set)                                                                                                      \
    int WRAPPED(CCryptoBoringSSL_##set##_private_key_from_seed)(void *key, const void *seed, size_t count)               \
    {                                                                                                                    \
        int result;                                                                                                      \
        OrigFn original;                                                                                                 \
        VALGRIND_GET_ORIG_FN(original);                                                                                  \
        VALGRIND_MAKE_MEM_DEFINED(seed, count);                                                                          \
        CALL_FN_W_WWW(result, original, key, seed, count);                                                               \
        VALGRIND_MAKE_MEM_UNDEFINED(seed, count);                                                                        \
        return result;                                                                                                   \
    }                                                                                                                    \
    int WRAPPED(CCryptoBoringSSL_##set##_decap)(void *secret, const void *ciphertext, size_t count, const void *key)     \
    {                                                                                                                    \
        int result;                                                                                                      \
        OrigFn original;                                                                                                 \
        VALGRIND_GET_ORIG_FN(original);                                                                                  \
        CALL_FN_W_WWWW(result, original, secret, ciphertext, count, key);                                                \
        VALGRIND_MAKE_MEM_UNDEFINED(secret, 32);                                                                         \
        return result;                                                                                                   \
    }                                                                                                                    \
    void WRAPPED(CCryptoBoringSSL_##set##_encap)(void *ciphertext, void *secret, const void *key)                        \
    {                                                                                                                    \
        OrigFn original;                                                                                                 \
        VALGRIND_GET_ORIG_FN(original);                                                                                  \
        CALL_FN_v_WWW(original, ciphertext, secret, key);                                                                \
        VALGRIND_MAKE_MEM_UNDEFINED(secret, 32);                                                                         \
    }
ML_KEM(MLKEM768)
ML_KEM(MLKEM1024)

/* Named, so that the linker keeps them. */
#define NAMED(set)                                                                                                       \
    (void *)WRAPPED(CCryptoBoringSSL_##set##_private_key_from_seed), (void *)WRAPPED(CCryptoBoringSSL_##set##_decap),    \
        (void *)WRAPPED(CCryptoBoringSSL_##set##_encap)
static void *const volatile wrappers[] = {NAMED(MLKEM768), NAMED(MLKEM1024)};

int memcheck_is_running(void) { return RUNNING_ON_VALGRIND != 0 && wrappers[0] != NULL; }

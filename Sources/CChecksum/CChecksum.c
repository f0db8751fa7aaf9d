#include "CChecksum.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// The polynomial of CRC-32C, bits reversed.
#define POLYNOMIAL 0x82f63b78u

// Bytes of each of the three streams that the hardware path works on at once. The CRC instruction
// takes three cycles but one can start in each, so three independent streams keep it busy.
#define STREAM_SIZE 1024u

static uint32_t table[8][256];
// shift[k][b]: what byte k of a checksum, if it is b, becomes when STREAM_SIZE zero bytes follow.
static uint32_t shift[4][256];

__attribute__((constructor)) static void fill_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (POLYNOMIAL & (0u - (value & 1u)));
        table[0][byte] = value;
    }
    for (int slice = 1; slice < 8; slice++)
        for (int byte = 0; byte < 256; byte++)
            table[slice][byte] =
                (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 0xff];

    // Zero bytes act on a checksum linearly: it is enough to follow each of its 32 bits.
    uint32_t images[32];
    for (int bit = 0; bit < 32; bit++) {
        uint32_t value = 1u << bit;
        for (uint32_t zero = 0; zero < STREAM_SIZE; zero++)
            value = (value >> 8) ^ table[0][value & 0xff];
        images[bit] = value;
    }
    for (int position = 0; position < 4; position++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t value = 0;
            for (int bit = 0; bit < 8; bit++)
                if (byte >> bit & 1) value ^= images[8 * position + bit];
            shift[position][byte] = value;
        }
}

uint32_t holdfast_crc32c_by_table(uint32_t checksum, const void *bytes, size_t size) {
    const uint8_t *next = bytes;
    uint32_t value = ~checksum;
    for (; size >= 8; next += 8, size -= 8) {
        uint32_t low = value ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8 |
                                (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24);
        value = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
                table[4][low >> 24] ^ table[3][next[4]] ^ table[2][next[5]] ^ table[1][next[6]] ^
                table[0][next[7]];
    }
    for (; size > 0; next++, size--) value = (value >> 8) ^ table[0][(value ^ *next) & 0xff];
    return ~value;
}

#if defined(__x86_64__)
#define HARDWARE __attribute__((target("sse4.2")))
#define STEP_8(value, word) ((uint32_t)_mm_crc32_u64((value), (word)))
#define STEP_1(value, byte) (_mm_crc32_u8((value), (byte)))
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#define HARDWARE
#define STEP_8(value, word) (__crc32cd((value), (word)))
#define STEP_1(value, byte) (__crc32cb((value), (byte)))
#endif

#if defined(HARDWARE)
static inline uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

static inline uint32_t shifted(uint32_t value) {
    return shift[0][value & 0xff] ^ shift[1][value >> 8 & 0xff] ^ shift[2][value >> 16 & 0xff] ^
           shift[3][value >> 24];
}

HARDWARE static uint32_t crc32c_by_hardware(uint32_t checksum, const void *bytes, size_t size) {
    const uint8_t *next = bytes;
    uint32_t value = ~checksum;
    for (; size >= 3 * STREAM_SIZE; next += 3 * STREAM_SIZE, size -= 3 * STREAM_SIZE) {
        uint32_t second = 0, third = 0;
        for (uint32_t offset = 0; offset < STREAM_SIZE; offset += 8) {
            value = STEP_8(value, word_at(next + offset));
            second = STEP_8(second, word_at(next + STREAM_SIZE + offset));
            third = STEP_8(third, word_at(next + 2 * STREAM_SIZE + offset));
        }
        value = shifted(shifted(value) ^ second) ^ third;
    }
    for (; size >= 8; next += 8, size -= 8) value = STEP_8(value, word_at(next));
    for (; size > 0; next++, size--) value = STEP_1(value, *next);
    return ~value;
}
#endif

int holdfast_crc32c_is_hardware(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2") != 0;
#elif defined(HARDWARE)
    return 1;
#else
    return 0;
#endif
}

uint32_t holdfast_crc32c(uint32_t checksum, const void *bytes, size_t size) {
#if defined(HARDWARE)
    if (holdfast_crc32c_is_hardware()) return crc32c_by_hardware(checksum, bytes, size);
#endif
    return holdfast_crc32c_by_table(checksum, bytes, size);
}

#ifndef HOLDFAST_CCHECKSUM_H
#define HOLDFAST_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720) of `size` bytes, going on from `checksum`.
///
/// `checksum` is 0 at the start, or the result for the bytes that come before these, so that
/// crc32c(crc32c(0, a), b) is the checksum of a followed by b. Uses the processor's own
/// instructions where it has them.
uint32_t holdfast_crc32c(uint32_t checksum, const void *bytes, size_t size);

/// The same by table, on any processor.
uint32_t holdfast_crc32c_by_table(uint32_t checksum, const void *bytes, size_t size);

/// 1 if `holdfast_crc32c` uses the processor's instructions, else 0.
int holdfast_crc32c_is_hardware(void);

#endif

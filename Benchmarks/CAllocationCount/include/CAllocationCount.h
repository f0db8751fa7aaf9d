#ifndef C_ALLOCATION_COUNT_H
#define C_ALLOCATION_COUNT_H

/// How many times the calling thread has asked for memory since it began.
///
/// Whoever links this gets `malloc` and its kin from here: they count and hand on to glibc's own.
unsigned long allocation_count(void);

#endif

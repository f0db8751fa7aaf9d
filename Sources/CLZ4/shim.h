#ifndef HOLDFAST_CLZ4_H
#define HOLDFAST_CLZ4_H

#include <lz4frame.h>

#endif

#pragma once
#include <stdbool.h>

/// Whether memory that this process frees is overwritten before anything else can get it.
///
/// Linking this library is enough. It stands in front of the C library's free and realloc, through which Swift, SQLite and
/// everything else give their memory back.
bool wipes_freed_memory(void);

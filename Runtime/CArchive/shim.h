#pragma once
#include <archive.h>
#include <archive_entry.h>

// The macros hold casts, which Swift does not see.
static const unsigned int carchive_file = AE_IFREG;
static const unsigned int carchive_folder = AE_IFDIR;
static const unsigned int carchive_link = AE_IFLNK;

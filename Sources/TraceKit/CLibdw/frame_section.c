// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "frame_section.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Chromium has 20 megabytes. */
#define GREATEST_SECTION (128ul << 20)
#define SEGMENTS	 64

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

uint64_t take_pointer(const struct frame_section *section, struct cursor *cursor, uint8_t form)
{
	const uint64_t here = section->address + (cursor->place - section->bytes);
	uint64_t value;

	switch (form & 0x0f) {
	case 0x00:
	case 0x04:
	case 0x0c:
		value = take_number(cursor, 8);
		break;
	case 0x01:
		value = take_unsigned_leb(cursor);
		break;
	case 0x02:
		value = take_number(cursor, 2);
		break;
	case 0x03:
		value = take_number(cursor, 4);
		break;
	case 0x09:
		value = (uint64_t)take_signed_leb(cursor);
		break;
	case 0x0a:
		value = (uint64_t)take_signed(cursor, 2);
		break;
	case 0x0b:
		value = (uint64_t)take_signed(cursor, 4);
		break;
	default:
		value = 0;
		cursor->failed = true;
	}
	if ((form & 0xf0) == POINTER_RELATIVE)
		value += here;
	else if (form & 0xf0)
		cursor->failed = true;
	return value;
}

static bool read_at(int descriptor, void *to, size_t size, uint64_t offset)
{
	return pread(descriptor, to, size, (off_t)offset) == (ssize_t)size;
}

/* Where the section is. */
struct location {
	uint64_t address;
	uint64_t offset;
	uint64_t size; /* at most */
};

static bool find_by_header(int descriptor, const Elf64_Phdr *header, const Elf64_Phdr *segments,
			   unsigned int count, struct location *found)
{
	uint8_t bytes[12];
	struct frame_section lookup = { .bytes = bytes, .address = header->p_vaddr };
	struct cursor cursor = { bytes + 4, bytes + sizeof(bytes), false };

	if (!read_at(descriptor, bytes, sizeof(bytes), header->p_offset) || bytes[0] != 1)
		return false;
	found->address = take_pointer(&lookup, &cursor, bytes[1]);
	if (cursor.failed)
		return false;
	for (unsigned int index = 0; index < count; index++) {
		const uint64_t into = found->address - segments[index].p_vaddr;

		if (into >= segments[index].p_filesz)
			continue;
		found->offset = segments[index].p_offset + into;
		found->size = segments[index].p_filesz - into;
		return true;
	}
	return false;
}

static bool find_by_name(int descriptor, const Elf64_Ehdr *head, struct location *found)
{
	static const char name[] = ".eh_frame";
	Elf64_Shdr names, section;

	if (head->e_shentsize != sizeof(section) ||
	    !read_at(descriptor, &names, sizeof(names),
		     head->e_shoff + (uint64_t)head->e_shstrndx * sizeof(names)))
		return false;
	for (unsigned int index = 0; index < head->e_shnum && index < 1024; index++) {
		char text[sizeof(name)];

		if (!read_at(descriptor, &section, sizeof(section),
			     head->e_shoff + index * sizeof(section)))
			return false;
		if (section.sh_type == SHT_NOBITS ||
		    !read_at(descriptor, text, sizeof(text), names.sh_offset + section.sh_name) ||
		    memcmp(text, name, sizeof(name)))
			continue;
		*found = (struct location){ section.sh_addr, section.sh_offset, section.sh_size };
		return true;
	}
	return false;
}

static bool find_section(int descriptor, struct frame_section *section, struct location *found)
{
	Elf64_Phdr segments[SEGMENTS], header, lookup = {};
	unsigned int count = 0;
	Elf64_Ehdr head;

	if (!read_at(descriptor, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB ||
	    head.e_machine != MACHINE || head.e_phentsize != sizeof(header))
		return false;
	section->base = ~0ull;
	for (unsigned int index = 0; index < head.e_phnum && index < 256; index++) {
		if (!read_at(descriptor, &header, sizeof(header),
			     head.e_phoff + index * sizeof(header)))
			return false;
		if (header.p_type == PT_GNU_EH_FRAME)
			lookup = header;
		if (header.p_type != PT_LOAD || count == SEGMENTS)
			continue;
		segments[count++] = header;
		if (header.p_vaddr < section->base)
			section->base = header.p_vaddr & ~4095ull;
		if (header.p_flags & PF_X && !section->code_size) {
			section->code = header.p_vaddr;
			section->code_size = header.p_filesz;
		}
	}
	if (!count)
		return false;
	section->code -= section->base;
	section->entry = head.e_entry ? head.e_entry - section->base : 0;
	/* Only a section says where it ends; but nothing that runs needs any. */
	return find_by_name(descriptor, &head, found) ||
	       (lookup.p_type && find_by_header(descriptor, &lookup, segments, count, found));
}

int frame_section_read(int descriptor, uint64_t greatest, struct frame_section *section)
{
	struct location found;
	struct stat status;
	ssize_t size;

	if (fstat(descriptor, &status) || !find_section(descriptor, section, &found) ||
	    found.offset >= (uint64_t)status.st_size)
		return ENODATA;
	if (found.size > (uint64_t)status.st_size - found.offset)
		found.size = (uint64_t)status.st_size - found.offset;
	if (found.size > greatest || found.size > GREATEST_SECTION)
		return EFBIG;
	section->bytes = malloc(found.size + 1);
	if (!section->bytes)
		return ENOMEM;
	size = pread(descriptor, section->bytes, found.size, (off_t)found.offset);
	section->address = found.address;
	section->size = size < 0 ? 0 : size;
	return size > 0 ? 0 : ENODATA;
}

// SPDX-License-Identifier: Apache-2.0
/* What the head of an ELF file says, and whether a file of debug information belongs to it. */
#include "files.h"

#include <elf.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static bool read_at(int descriptor, void *to, size_t size, uint64_t offset)
{
	return pread(descriptor, to, size, (off_t)offset) == (ssize_t)size;
}

/* linux/elf.h: a note's name and contents begin at multiples of four bytes. */
static void find_build_id(int descriptor, uint64_t offset, uint64_t size,
			  struct symbol_image *image)
{
	unsigned char notes[4096];
	size_t place = 0;

	if (size > sizeof(notes) || !read_at(descriptor, notes, size, offset))
		return;
	while (place + sizeof(Elf64_Nhdr) <= size) {
		Elf64_Nhdr note;
		size_t name, contents;

		memcpy(&note, notes + place, sizeof(note));
		name = place + sizeof(note);
		contents = name + (((size_t)note.n_namesz + 3) & ~3ul);
		place = contents + (((size_t)note.n_descsz + 3) & ~3ul);
		if (place > size)
			return;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp(notes + name, "GNU", 4) || note.n_descsz > BUILD_ID_SIZE)
			continue;
		image->build_id_size = note.n_descsz;
		memcpy(image->build_id, notes + contents, note.n_descsz);
		return;
	}
}

static void add_segment(int descriptor, const Elf64_Phdr *header, struct symbol_image *image)
{
	if (header->p_type == PT_LOAD && (header->p_flags & PF_X) &&
	    image->segment_count < SYMBOL_SEGMENTS)
		image->segments[image->segment_count++] = (struct symbol_segment){
			.offset = header->p_offset,
			.size = header->p_filesz,
			.address = header->p_vaddr,
		};
	if (header->p_type == PT_NOTE && !image->build_id_size)
		find_build_id(descriptor, header->p_offset, header->p_filesz, image);
}

/* The same fields in a 32-bit file, in another order. */
static Elf64_Phdr widened(const Elf32_Phdr *header)
{
	return (Elf64_Phdr){
		.p_type = header->p_type,
		.p_flags = header->p_flags,
		.p_offset = header->p_offset,
		.p_vaddr = header->p_vaddr,
		.p_filesz = header->p_filesz,
	};
}

/* No linker makes more. */
#define SEGMENTS 256
#define SECTIONS 1024

union elf_head {
	unsigned char identity[EI_NIDENT];
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;
};

static bool is_wide(const union elf_head *head)
{
	return head->identity[EI_CLASS] == ELFCLASS64;
}

static bool read_head(int descriptor, union elf_head *head)
{
	const uint16_t one = 1;
	const unsigned char order = *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	memset(head, 0, sizeof(*head));
	if (!read_at(descriptor, &head->narrow, sizeof(head->narrow), 0) ||
	    memcmp(head->identity, ELFMAG, SELFMAG) || head->identity[EI_DATA] != order)
		return false;
	if (is_wide(head) && !read_at(descriptor, &head->wide, sizeof(head->wide), 0))
		return false;
	/* The field has one place in both. Parts of programs need a linker to be read. */
	return head->wide.e_type == ET_EXEC || head->wide.e_type == ET_DYN;
}

bool symbols_image(int descriptor, struct symbol_image *image)
{
	union elf_head head;
	unsigned int count;

	memset(image, 0, sizeof(*image));
	if (!read_head(descriptor, &head))
		return false;
	count = is_wide(&head) ? head.wide.e_phnum : head.narrow.e_phnum;
	for (unsigned int index = 0; index < count && index < SEGMENTS; index++) {
		Elf64_Phdr header;
		Elf32_Phdr narrow;

		if (is_wide(&head)) {
			if (!read_at(descriptor, &header, sizeof(header),
				     head.wide.e_phoff + index * sizeof(header)))
				break;
		} else {
			if (!read_at(descriptor, &narrow, sizeof(narrow),
				     head.narrow.e_phoff + index * sizeof(narrow)))
				break;
			header = widened(&narrow);
		}
		add_segment(descriptor, &header, image);
	}
	return true;
}

/* A section header of either word size, as far as it says where notes are. */
static bool find_notes(int descriptor, const union elf_head *head, unsigned int index,
		       struct symbol_image *image)
{
	Elf64_Shdr section;
	Elf32_Shdr narrow;

	if (is_wide(head)) {
		if (!read_at(descriptor, &section, sizeof(section),
			     head->wide.e_shoff + index * sizeof(section)))
			return false;
	} else {
		if (!read_at(descriptor, &narrow, sizeof(narrow),
			     head->narrow.e_shoff + index * sizeof(narrow)))
			return false;
		section = (Elf64_Shdr){
			.sh_type = narrow.sh_type,
			.sh_offset = narrow.sh_offset,
			.sh_size = narrow.sh_size,
		};
	}
	if (section.sh_type == SHT_NOTE)
		find_build_id(descriptor, section.sh_offset, section.sh_size, image);
	return true;
}

/* The checksum of a debug link: CRC-32 with the polynomial of Ethernet. */
static bool file_checksum(int descriptor, uint32_t *checksum)
{
	unsigned char block[65536];
	uint32_t table[256], crc = ~0u;
	off_t place = 0;
	ssize_t count;

	for (unsigned int byte = 0; byte < 256; byte++) {
		table[byte] = byte;
		for (int bit = 0; bit < 8; bit++)
			table[byte] = table[byte] >> 1 ^ (table[byte] & 1 ? 0xedb88320 : 0);
	}
	while ((count = pread(descriptor, block, sizeof(block), place)) > 0) {
		for (ssize_t index = 0; index < count; index++)
			crc = table[(crc ^ block[index]) & 0xff] ^ crc >> 8;
		place += count;
	}
	*checksum = ~crc;
	return count == 0;
}

bool debug_file_belongs(int descriptor, const struct symbol_image *image, uint32_t checksum)
{
	struct symbol_image other = {};
	union elf_head head;
	uint32_t found;

	if (!read_head(descriptor, &head))
		return false;
	if (!image->build_id_size)
		return file_checksum(descriptor, &found) && found == checksum;
	/* Its program headers may be those of the file that it was split from. */
	for (unsigned int index = 0; index < SECTIONS && !other.build_id_size; index++)
		if (index >= (is_wide(&head) ? head.wide.e_shnum : head.narrow.e_shnum) ||
		    !find_notes(descriptor, &head, index, &other))
			break;
	return other.build_id_size == image->build_id_size &&
	       !memcmp(other.build_id, image->build_id, image->build_id_size);
}

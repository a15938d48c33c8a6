// SPDX-License-Identifier: Apache-2.0
#include "code.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)

#define GREATEST_CODE	 (4ul << 20)
#define GREATEST_SYMBOLS (4ul << 20) /* bytes */
#define GREATEST_HEADERS 256

static bool read_at(int descriptor, void *to, size_t size, uint64_t offset)
{
	return pread(descriptor, to, size, (off_t)offset) == (ssize_t)size;
}

static bool read_head(int descriptor, Elf64_Ehdr *head)
{
	return read_at(descriptor, head, sizeof(*head), 0) &&
	       !memcmp(head->e_ident, ELFMAG, SELFMAG) && head->e_machine == EM_X86_64 &&
	       head->e_ident[EI_CLASS] == ELFCLASS64 && head->e_phentsize == sizeof(Elf64_Phdr);
}

/* Reads the executable segment. */
static bool read_segment(int descriptor, const Elf64_Ehdr *head, struct code *code)
{
	Elf64_Phdr segment;

	for (unsigned int index = 0; index < head->e_phnum && index < GREATEST_HEADERS; index++) {
		if (!read_at(descriptor, &segment, sizeof(segment),
			     head->e_phoff + index * sizeof(segment)))
			return false;
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X))
			continue;
		if (segment.p_filesz > GREATEST_CODE)
			return false;
		code->address = segment.p_vaddr;
		code->size = segment.p_filesz;
		code->bytes = malloc(code->size);
		code->marks = calloc(code->size, 1);
		return code->bytes && code->marks &&
		       read_at(descriptor, code->bytes, code->size, segment.p_offset);
	}
	return false;
}

static void *read_section(int descriptor, const Elf64_Shdr *section, uint64_t extra)
{
	uint8_t *bytes;

	if (!section->sh_size || section->sh_size > GREATEST_SYMBOLS)
		return NULL;
	bytes = calloc(1, section->sh_size + extra);
	if (bytes && !read_at(descriptor, bytes, section->sh_size, section->sh_offset)) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

/* Of POSIX, the ABI and the compilers. */
static bool never_returns(const char *name)
{
	static const char *const names[] = {
		"abort",     "exit",	     "_exit",	   "_Exit",	    "quick_exit",
		"longjmp",   "_longjmp",     "siglongjmp", "__assert_fail", "__stack_chk_fail",
		"thrd_exit", "pthread_exit",
	};

	for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++)
		if (!strcmp(name, names[index]))
			return true;
	return false;
}

static void add_functions(struct code *code, const Elf64_Sym *symbols, size_t count,
			  const char *names, size_t names_size)
{
	for (size_t index = 0; index < count; index++) {
		const uint64_t place = symbols[index].st_value - code->address;

		if (ELF64_ST_TYPE(symbols[index].st_info) != STT_FUNC || place >= code->size)
			continue;
		code->marks[place] |= CODE_ENTRY;
		if (symbols[index].st_name < names_size &&
		    never_returns(names + symbols[index].st_name))
			code->marks[place] |= CODE_NO_RETURN;
	}
}

/* Functions whose addresses are in data. */
static void add_relocated(struct code *code, const Elf64_Rela *entries, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		const uint64_t place = (uint64_t)entries[index].r_addend - code->address;

		if (ELF64_R_TYPE(entries[index].r_info) == R_X86_64_RELATIVE && place < code->size)
			code->marks[place] |= CODE_ENTRY;
	}
}

static void add_symbols(struct code *code, int descriptor, const Elf64_Ehdr *head,
			const Elf64_Shdr *section)
{
	Elf64_Sym *symbols = read_section(descriptor, section, 0);
	Elf64_Shdr strings;
	char *names = NULL;

	if (symbols && read_at(descriptor, &strings, sizeof(strings),
			       head->e_shoff + (uint64_t)section->sh_link * sizeof(strings)))
		names = read_section(descriptor, &strings, 1);
	if (names)
		add_functions(code, symbols, section->sh_size / sizeof(*symbols), names,
			      strings.sh_size);
	free(names);
	free(symbols);
}

static void find_functions(struct code *code, int descriptor, const Elf64_Ehdr *head)
{
	Elf64_Shdr section;

	if (head->e_entry && head->e_entry - code->address < code->size)
		code->marks[head->e_entry - code->address] |= CODE_ENTRY;
	for (unsigned int index = 0; index < head->e_shnum && index < GREATEST_HEADERS; index++) {
		if (head->e_shentsize != sizeof(section) ||
		    !read_at(descriptor, &section, sizeof(section),
			     head->e_shoff + index * sizeof(section)))
			return;
		if (section.sh_type == SHT_DYNSYM || section.sh_type == SHT_SYMTAB)
			add_symbols(code, descriptor, head, &section);
		if (section.sh_type == SHT_RELA) {
			Elf64_Rela *entries = read_section(descriptor, &section, 0);

			if (entries)
				add_relocated(code, entries, section.sh_size / sizeof(*entries));
			free(entries);
		}
	}
}

bool code_read(int descriptor, struct code *code)
{
	Elf64_Ehdr head;

	*code = (struct code){};
	if (!read_head(descriptor, &head) || !read_segment(descriptor, &head, code))
		return false;
	find_functions(code, descriptor, &head);
	return true;
}

void code_free(struct code *code)
{
	free(code->bytes);
	free(code->marks);
}

#endif

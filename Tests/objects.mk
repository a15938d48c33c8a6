# The BPF objects of the tests, good and broken, from Tests/BPFTests/Objects.

TEST_OBJECTS_FOLDER := Tests/BPFTests/Objects
TEST_OBJECTS_OUTPUT := $(TEST_OBJECTS_FOLDER)/build
TEST_OBJECTS := $(patsubst $(TEST_OBJECTS_FOLDER)/%.bpf.c,$(TEST_OBJECTS_OUTPUT)/%.bpf.o,$(wildcard $(TEST_OBJECTS_FOLDER)/*.bpf.c))

.PHONY: test-objects clean-test-objects

test-objects: $(TEST_OBJECTS) ## compile the BPF objects of the tests

$(TEST_OBJECTS_OUTPUT)/%.bpf.o: $(TEST_OBJECTS_FOLDER)/%.bpf.c $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -c $< -o $@
	$(STRIP) -g $@

$(TEST_OBJECTS_OUTPUT)/untyped.bpf.o: BPF_FLAGS := $(filter-out -g,$(BPF_FLAGS))

# The rule of the Makefile, made longer.
clean: clean-test-objects

clean-test-objects:
	rm -rf $(TEST_OBJECTS_OUTPUT)

import Testing

@testable import BPF

@Suite struct TracepointFormatTests {
  /// As kernels print that of kvm_exit, shorter.
  private let text = """
    name: kvm_exit
    ID: 103
    format:
    \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
    \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

    \tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;
    \tfield:unsigned long guest_rip;\toffset:16;\tsize:8;\tsigned:0;
    \tfield:u32 isa;\toffset:24;\tsize:4;\tsigned:0;
    \tfield:char comm[16];\toffset:28;\tsize:16;\tsigned:0;

    print fmt: "vcpu %u reason %s%s", REC->vcpu_id, (REC->isa == 1) ? \
    __print_symbolic(REC->exit_reason & 0xffff, { 0, "EXCEPTION_NMI" }, { 30, "IO_INSTRUCTION" }) \
    : __print_symbolic(REC->exit_reason, { 0x000, "read_cr0" }, { 0x040 + 14, "PF excp" }, \
    { 0x400, "npf" }, { 0x80000001, "vmgexit" }, { -1, "invalid_guest_state" }, \
    { SVM_EXIT_ERR, "unknown number" }, { 5, "KVM_EXIT_" "HLT" }), \
    (REC->isa == 1) ? __print_flags(REC->exit_reason & ~0xffff, " ", { 0x80000000, "FAILED" }) : ""
    """

  @Test func `fields are where the record has them`() {
    let format = TracepointFormat(parsing: text)
    #expect(format.fields["exit_reason"]?.offset == 8 && format.fields["exit_reason"]?.size == 4)
    #expect(format.fields["isa"]?.offset == 24)
    #expect(format.fields["guest_rip"]?.size == 8)
    #expect(format.fields["comm"]?.offset == 28 && format.fields["comm"]?.size == 16)
    #expect(format.fields.count == 6)
  }

  @Test func `each list of names has its own values`() {
    let symbols = TracepointFormat(parsing: text).symbols
    #expect(symbols.map(\.expression) == ["REC->exit_reason & 0xffff", "REC->exit_reason"])
    #expect(symbols[0].name(of: 30) == "IO_INSTRUCTION" && symbols[0].name(of: 14) == nil)
    #expect(symbols[1].name(of: 0) == "read_cr0")
    #expect(symbols[1].name(of: 0x4e) == "PF excp")
    #expect(symbols[1].name(of: 0x400) == "npf")
    #expect(symbols[1].name(of: 0x8000_0001) == "vmgexit")
    #expect(symbols[1].name(of: UInt32.max) == "invalid_guest_state")
    #expect(symbols[1].name(of: 5) == "KVM_EXIT_HLT")
  }

  @Test(arguments: ["", "print fmt:", "field:", "\tfield:int a;\toffset:x;", "__print_symbolic("])
  func `what is no format has nothing`(text: String) {
    let format = TracepointFormat(parsing: text)
    #expect(format.fields.isEmpty && format.symbols.isEmpty)
  }
}

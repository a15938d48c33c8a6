import Glibc
import Testing

@testable import BPF

extension Loader {
  /// Kernel objects that programs read without a helper for each step.
  @Suite struct KernelCastTests {
    @Test func `a field is read in place where the kernel has casts`() throws {
      let table = try #require(KernelTypeTable(path: KernelFeatures.typesPath))
      let isInPlace = withExtendedLifetime(table) {
        $0.types.has("bpf_rdonly_cast", kinds: [.function])
      }
      var open = try OpenObject(image("casts"))
      try open.keepOnly(programs: ["process_here"])
      let object = try open.load()
      #expect(try object.run("process_here") == UInt32(getpid()))
      #expect(try object.variable("is_in_place", as: UInt32.self).value == (isInPlace ? 1 : 0))
      #expect(try object.variable("of_nothing", as: UInt32.self).value == 0)
    }
  }
}

import CLibbpf
import Foundation
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

    private func load(_ program: String, of image: ObjectImage) -> BPFError? {
      do throws(BPFError) {
        var open = try OpenObject(image)
        try open.keepOnly(programs: [program])
        _ = try open.load()
        return nil
      } catch {
        return error
      }
    }

    private func sections(of image: ObjectImage) throws -> [(program: String, section: String)] {
      let object = try OpenObject(image, types: .none)
      var sections: [(String, String)] = []
      var next = bpf_object__next_program(object.pointer, nil)
      while let program = next {
        sections.append(
          (
            String(cString: bpf_program__name(program)),
            String(cString: bpf_program__section_name(program))
          ))
        next = bpf_object__next_program(object.pointer, program)
      }
      return sections
    }

    /// Those of tracepoints, which every kernel allows.
    @Test func `a program of a tool that is accepted without casts is accepted with them`() throws {
      defer { KernelCasts.areRefused = false }
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../bpf/build")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".bpf.o") }
      try #require(files.count > 90)
      var accepted = 0
      for file in files {
        let bytes = try Data(contentsOf: folder.appending(path: file))
        let image = image(file, [UInt8](bytes))
        for (program, section) in try sections(of: image)
        where ["tp_btf/", "raw_tp/", "tracepoint"].contains(where: section.hasPrefix) {
          KernelCasts.areRefused = false
          guard let error = load(program, of: image), error.operation == .load else {
            accepted += 1
            continue
          }
          KernelCasts.areRefused = true
          #expect(load(program, of: image) != nil, "\(file) \(program): \(error)")
        }
      }
      #expect(accepted > 200)
    }
  }
}

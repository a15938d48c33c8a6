// swift-tools-version: 6.2
import PackageDescription

// The programs of the articles in Sources/TraceKit. `make examples` compiles
// what the kernel runs; then `swift build` builds this package.
let package = Package(
  name: "Examples",
  dependencies: [.package(path: "../Sources/TraceKit")],
  targets: [
    .target(
      name: "ExampleObjects",
      dependencies: [.product(name: "TraceKit", package: "TraceKit")],
      path: "bpf",
      exclude: ["build", "execs.bpf.c", "renames.bpf.c"],
      publicHeadersPath: "include")
  ]
    + ["execs", "renames"].map { name in
      .executableTarget(
        name: name,
        dependencies: ["ExampleObjects", .product(name: "TraceKit", package: "TraceKit")])
    },
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)

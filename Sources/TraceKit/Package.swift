// swift-tools-version: 6.2
import PackageDescription

// One shared library for all tools: linked into each, it would make every
// tool some forty times as large. `make static` asks for that.
let linkage: Product.Library.LibraryType =
  Context.environment["TRACEKIT_LINKAGE"] == "static" ? .static : .dynamic

/// What links a release build to the Swift runtime that packaging/merged-runtime made.
let mergedRuntime = Context.environment["MERGED_RUNTIME"] ?? ""
let runtime: [LinkerSetting] =
  mergedRuntime.isEmpty
  ? []
  : [
    .unsafeFlags(
      ["-use-ld=lld", "-resource-dir", mergedRuntime, "-Xlinker", "-Bsymbolic"],
      .when(configuration: .release))
  ]

let package = Package(
  name: "TraceKit",
  products: [
    .library(name: "TraceKit", type: linkage, targets: ["TraceKit", "BPF"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // What programs and user space share. It is here and not in bpf/,
    // since a package reaches no file outside of itself.
    .target(name: "Wire", path: "Wire"),
    .target(name: "CLinux", path: "CLinux", linkerSettings: [.linkedLibrary("z")]),
    .target(
      name: "CLibdw",
      dependencies: ["Wire"],
      path: "CLibdw",
      linkerSettings: [.linkedLibrary("stdc++")]),
    .target(
      name: "CLibbpf",
      path: "CLibbpf",
      linkerSettings: [.linkedLibrary("bpf")]),
    .target(
      name: "BPF",
      dependencies: ["CLibbpf", "CLinux", "Wire"],
      path: "BPF",
      swiftSettings: [
        .strictMemorySafety(), .enableExperimentalFeature("Lifetimes"),
        // It reads some hundred thousand kernel types at each start, which takes
        // seconds where the tests run in an emulated machine.
        .unsafeFlags(["-O"], .when(configuration: .debug)),
      ]),
    .target(
      name: "TraceKit",
      dependencies: [
        "BPF",
        "CLibdw",
        "CLinux",
        "Wire",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "TraceKit",
      swiftSettings: [
        .enableExperimentalFeature("Lifetimes"),
        // The tests give the printers a million events, which they must not lose.
        .unsafeFlags(["-O"], .when(configuration: .debug)),
      ],
      // Without a name of its own a library carries its place in the build.
      linkerSettings: linkage == .dynamic
        ? [.unsafeFlags(["-Xlinker", "-soname=libTraceKit.so"])] + runtime : []),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)

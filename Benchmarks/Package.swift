// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  targets: [
    .target(name: "CSystem"),
    .executableTarget(name: "bench", dependencies: ["CSystem"]),
    .executableTarget(name: "floor", linkerSettings: [.linkedLibrary("bpf")]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)

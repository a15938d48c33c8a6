@_exported import ArgumentParser
@_exported import BPF

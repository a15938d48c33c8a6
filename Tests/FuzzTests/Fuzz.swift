import Foundation
import Synchronization
import TestSupport
import Testing
import Wire

/// How long each of these tests looks for a text or an event that breaks
/// something, and with what seed.
///
/// FUZZ_SECONDS is their time together, about. FUZZ_SEED is the number that a failure
/// names; without it each run takes another one. A text that broke something is
/// added to `Corpus.fixed`.
enum Fuzz {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seconds = environment["FUZZ_SECONDS"].flatMap(Double.init) ?? 5
  private static let seed = environment["FUZZ_SEED"].flatMap { UInt64($0) }

  /// Calls `round` with ever new numbers until the time is over or it says that it
  /// found something.
  ///
  /// - Parameter share: of the time of all tests.
  static func run(
    _ name: String, share: Double = 0.1, _ round: (inout SeededNumbers) throws -> Void
  ) rethrows {
    var seed = seed ?? UInt64.random(in: 0..<1 << 48)
    // A crash leaves no other word behind.
    print("FUZZ\t\(name)\tFUZZ_SEED=\(seed)")
    fflush(nil)
    let end = ContinuousClock.now + .seconds(seconds * share)
    var rounds = 0
    repeat {
      var numbers = SeededNumbers(seed: seed)
      do { try round(&numbers) } catch {
        Issue.record("\(name): FUZZ_SEED=\(seed): \(error)")
        return
      }
      rounds += 1
      seed += 1
    } while ContinuousClock.now < end
    print("FUZZ\t\(name)\t\(rounds) rounds")
  }
}

/// What a round found.
struct Finding: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  if !condition { throw Finding(what()) }
}

extension SeededNumbers {
  mutating func chance(_ part: Int) -> Bool { Int.random(in: 0..<part, using: &self) == 0 }

  mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
    let count = Int.random(in: count, using: &self)
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
  }

  /// A number with a preference for those at a limit.
  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
    switch Int.random(in: 0..<8, using: &self) {
    case 0: .min
    case 1: .max
    case 2: 0
    case 3: Number.max - 1
    case 4, 5: Number(Int8.random(in: 0...100, using: &self))
    default: Number.random(in: .min ... .max, using: &self)
    }
  }

  /// A text of the corpus, changed in a few places.
  mutating func text() -> [UInt8] {
    var text = Corpus.random(&self)
    for _ in 0..<Int.random(in: 0...3, using: &self) where !text.isEmpty {
      let place = Int.random(in: 0..<text.count, using: &self)
      switch Int.random(in: 0..<4, using: &self) {
      case 0: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1: text.remove(at: place)
      case 2: text.insert(UInt8.random(in: .min ... .max, using: &self), at: place)
      default: text.insert(contentsOf: text[..<min(place, 16)], at: place)
      }
    }
    return text
  }

  /// Fills memory with bytes that look like an event or like nothing.
  mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    for index in bytes.indices {
      bytes[index] = chance(2) ? 0 : UInt8.random(in: .min ... .max, using: &self)
    }
  }

  /// A path after an event, of which the sizes may say more or less than there is.
  mutating func path(_ path: inout event_path) -> [UInt8] {
    let text = text() + [0], names = chance(2) ? self.text() : []
    path.size = chance(4) ? number(UInt16.self) : UInt16(text.count)
    path.base_size = chance(4) ? number(UInt16.self) : UInt16(names.count)
    return text + names
  }
}

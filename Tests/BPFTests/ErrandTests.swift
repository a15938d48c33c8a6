import Synchronization
import Testing

@testable import BPF

@Suite struct Errands {
  /// How often each work was done.
  private func counts(of number: Int, after body: ([Errand]) -> Void) -> [Int] {
    let counts = (0..<number).map { _ in Count() }
    body(Errand.start(counts.map { count in { count.value.add(1, ordering: .relaxed) } }))
    return counts.map { $0.value.load(ordering: .relaxed) }
  }

  private final class Count: Sendable {
    let value = Atomic(0)
  }

  @Test func `each work is done once, by whichever thread comes first`() {
    for _ in 0..<500 {
      let counts = counts(of: 3) { errands in for errand in errands { errand.wait() } }
      #expect(counts == [1, 1, 1])
    }
  }

  @Test func `what is done is seen as done, and can be waited for again`() {
    let counts = counts(of: 1) { errands in
      errands[0].wait()
      #expect(errands[0].isDone)
      errands[0].wait()
    }
    #expect(counts == [1])
  }
}

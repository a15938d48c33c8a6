/// The ends of a call.
enum CallEnd: CaseIterable {
  // Programs are attached in this order, so that a call which is seen to begin is seen to end.
  case atReturn, atBegin
}

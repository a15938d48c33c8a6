import Testing

/// All live tests. They run side by side, as far as this machine allows; what
/// counts what the whole machine does, or needs it for itself, is ``Alone``.
@Suite(.scheduled)
enum Live {}

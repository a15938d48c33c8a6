import Testing

/// All live tests. They count what the whole machine does, so one runs at a
/// time.
@Suite(.serialized, .repeatedWhereTasksAreHidden)
enum Live {}

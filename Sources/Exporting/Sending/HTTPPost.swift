import NIOCore
import NIOHTTP1
import NIOPosix

/// One request to a receiver, over a connection of its own.
enum HTTPPost {
  /// What the receiver answered.
  struct Answer: Equatable, Sendable {
    let status: Int
    /// Seconds that it asks to wait; nil: it asks for none.
    let pause: Double?
  }

  /// The answer did not come in time, or is none.
  struct NoAnswer: Error {}

  private static let patience = TimeAmount.seconds(10)
  private static let answerLimit = 64 * 1024

  /// Sends a body of protobuf.
  static func send(
    _ body: [UInt8], to receiver: Receiver, path: String, on group: any EventLoopGroup
  ) async throws -> Answer {
    let loop = group.next()
    let promise = loop.makePromise(of: Answer.self)
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(patience)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(AnswerBytes(limit: answerLimit))
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(AnswerHandler(promise))
        }
      }
    let channel: any Channel
    do {
      channel = try await bootstrap.connect(host: receiver.host, port: receiver.port).get()
    } catch {
      promise.fail(error)
      throw error
    }
    let deadline = loop.scheduleTask(in: patience) { channel.close(promise: nil) }
    defer {
      deadline.cancel()
      channel.close(promise: nil)
    }
    var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: receiver.path + path)
    head.headers = [
      "Host": receiver.authority, "Content-Type": "application/x-protobuf",
      "Content-Length": "\(body.count)", "Connection": "close", "User-Agent": "swift-bpf-tools",
    ]
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    channel.write(
      HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    return try await promise.futureResult.get()
  }
}

/// Closes a connection whose answer is too long.
private final class AnswerBytes: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  private var rest: Int

  init(limit: Int) {
    rest = limit
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    rest -= unwrapInboundIn(data).readableBytes
    guard rest >= 0 else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}

/// Waits for the whole answer.
private final class AnswerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  private let promise: EventLoopPromise<HTTPPost.Answer>
  private var answer: HTTPPost.Answer?

  init(_ promise: EventLoopPromise<HTTPPost.Answer>) {
    self.promise = promise
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let pause = head.headers.first(name: "Retry-After").flatMap(Double.init)
      answer = HTTPPost.Answer(status: Int(head.status.code), pause: pause)
    case .body: break
    case .end:
      guard let answer else { return }
      promise.succeed(answer)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { promise.fail(HTTPPost.NoAnswer()) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }
}

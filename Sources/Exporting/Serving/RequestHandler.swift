import NIOCore
import NIOHTTP1
import TraceKit

/// Closes a connection whose request is too long.
final class RequestBytes: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let limit: Int
  private var count = 0

  init(limit: Int) {
    self.limit = limit
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    count += unwrapInboundIn(data).readableBytes
    guard count <= limit else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }

  /// A request was read to its end.
  func begin() { count = 0 }
}

/// Answers requests for metrics, and closes connections that take too long.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let registry: Registry
  private let bytes: RequestBytes
  private let limits: MetricsServer.Limits
  private var request: HTTPRequestHead?
  private var deadline: Scheduled<Void>?

  init(_ registry: Registry, _ bytes: RequestBytes, _ limits: MetricsServer.Limits) {
    self.registry = registry
    self.bytes = bytes
    self.limits = limits
  }

  func handlerAdded(context: ChannelHandlerContext) { expect(within: limits.patience, context) }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  private func expect(within time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      request = head
      expect(within: limits.patience, context)
    case .body: break
    case .end:
      guard let request else { return }
      self.request = nil
      bytes.begin()
      answer(request, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let path = request.uri.prefix { $0 != "?" }
    guard [.GET, .HEAD].contains(request.method) else {
      return respond(
        .methodNotAllowed, "Only GET is answered.\n", request, context, ["Allow": "GET, HEAD"])
    }
    switch path {
    case "/metrics":
      let format = ExpositionFormat(accept: request.headers["Accept"].joined(separator: ","))
      let out = OutputBuffer()
      registry.wasScraped()
      format.write(registry.families, to: out)
      let body = out.withBytes { ByteBuffer(bytes: $0) }
      respond(.ok, body, request, context, ["Content-Type": format.contentType])
    case "/":
      respond(
        .ok, Self.page, request, context, ["Content-Type": "text/html; charset=utf-8"])
    default: respond(.notFound, "There is /metrics only.\n", request, context, [:])
    }
  }

  private static let page = """
    <!DOCTYPE html><html lang="en"><title>swift-bpf-tools</title>
    <p>These are the <a href="metrics">metrics</a> of swift-bpf-tools.</html>

    """

  private func respond(
    _ status: HTTPResponseStatus, _ text: String, _ request: HTTPRequestHead,
    _ context: ChannelHandlerContext, _ headers: HTTPHeaders
  ) {
    var headers = headers
    if !headers.contains(name: "Content-Type") {
      headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
    }
    respond(status, ByteBuffer(string: text), request, context, headers)
  }

  private func respond(
    _ status: HTTPResponseStatus, _ body: ByteBuffer, _ request: HTTPRequestHead,
    _ context: ChannelHandlerContext, _ headers: HTTPHeaders
  ) {
    var headers = headers
    headers.add(name: "Content-Length", value: "\(body.readableBytes)")
    headers.add(name: "X-Content-Type-Options", value: "nosniff")
    let staysOpen = request.isKeepAlive
    if !staysOpen { headers.add(name: "Connection", value: "close") }
    expect(within: limits.patience, context)
    context.write(
      wrapOutboundOut(.head(.init(version: request.version, status: status, headers: headers))),
      promise: nil)
    if request.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      let (handler, context) = bound.value
      if staysOpen {
        handler.expect(within: handler.limits.idleness, context)
      } else {
        context.close(promise: nil)
      }
    }
  }
}

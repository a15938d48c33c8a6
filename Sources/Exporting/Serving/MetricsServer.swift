import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TraceKit

/// Serves metrics over HTTP to few clients, none of which is trusted.
public final class MetricsServer: Sendable {
  /// What clients may use up.
  public struct Limits: Sendable {
    public var connections = 64
    /// Of a request, with its headers and its body.
    public var requestBytes = 16 * 1024
    /// To send a request, and to accept an answer.
    public var patience = TimeAmount.seconds(10)
    /// Between two requests.
    public var idleness = TimeAmount.seconds(120)

    public init() {}
  }

  private let registry: Registry
  private let limits: Limits
  private let group: MultiThreadedEventLoopGroup
  private let connections = Mutex(0)
  private let channel = Mutex<(any Channel)?>(nil)
  private let path = Mutex<String?>(nil)

  public init(
    _ registry: Registry, on group: MultiThreadedEventLoopGroup, limits: Limits = Limits()
  ) {
    self.registry = registry
    self.group = group
    self.limits = limits
  }

  /// Begins to serve.
  ///
  /// - Returns: where, as a URL, or the path of the socket.
  /// - Throws: ``ToolError`` where it cannot.
  public func start(at endpoint: Endpoint) throws -> String {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 32)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
      }
    do {
      let channel =
        switch endpoint {
        case .address(let host, let port): try bootstrap.bind(host: host, port: port).wait()
        case .path(let path):
          try bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).wait()
        case .systemd: try passed(to: bootstrap)
        }
      self.channel.withLock { $0 = channel }
      if case .path(let path) = endpoint {
        self.path.withLock { $0 = path }
        return "unix:\(path)"
      }
      return Self.url(channel.localAddress)
    } catch let error as ToolError {
      throw error
    } catch let error as IOError {
      throw ToolError(
        .failure, "cannot listen on \(endpoint.words): \(ErrorNumber(rawValue: error.errnoCode))")
    } catch {
      throw ToolError(.failure, "cannot listen on \(endpoint.words): \(error)")
    }
  }

  private func passed(to bootstrap: ServerBootstrap) throws -> any Channel {
    guard let descriptor = Endpoint.passed else {
      throw ToolError(
        .failure, "systemd passed no socket: start it from a service that has a socket unit")
    }
    return try bootstrap.withBoundSocket(descriptor).wait()
  }

  private static func url(_ address: SocketAddress?) -> String {
    guard let address, let port = address.port, let host = address.ipAddress else {
      return address?.pathname.map { "unix:\($0)" } ?? "the socket of systemd"
    }
    return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/metrics"
  }

  /// Ends it, and removes its socket.
  public func stop() {
    try? channel.withLock { $0 }?.close().wait()
    if let path = path.withLock({ $0 }) { unlink(path) }
  }

  private func prepare(_ channel: any Channel) throws {
    let isWelcome = connections.withLock { count in
      guard count < limits.connections else { return false }
      count += 1
      return true
    }
    guard isWelcome else {
      registry.refusedConnection()
      channel.close(promise: nil)
      return
    }
    channel.closeFuture.whenComplete { _ in self.connections.withLock { $0 -= 1 } }
    let bytes = RequestBytes(limit: limits.requestBytes)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(bytes)
    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true)
    try pipeline.addHandler(RequestHandler(registry, bytes, limits))
  }
}

extension Endpoint {
  fileprivate var words: String {
    switch self {
    case .address(let host, let port):
      host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .path(let path): path
    case .systemd: "the socket of systemd"
    }
  }
}

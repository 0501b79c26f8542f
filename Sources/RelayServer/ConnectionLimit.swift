import NIOCore
import Synchronization

/// Counts the connections of a relay, refuses those that are too many, and reaches all of them when it ends.
final class ConnectionLimit: Sendable {
  /// As many as a process usually has descriptors for, with room for the store's.
  static let standardMaximum = 16_000

  private let maximum: Int
  private let metrics: RelayMetrics?

  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isEnding = false
    var whenEmpty: EventLoopPromise<Void>?
  }

  private let state = Mutex(State())

  init(maximum: Int = standardMaximum, metrics: RelayMetrics? = nil) {
    self.maximum = maximum
    self.metrics = metrics
  }

  /// How many there are.
  var count: Int { state.withLock { $0.channels.count } }

  /// Takes a new connection in.
  ///
  /// - Returns: false when it must be closed at once.
  func admit(_ channel: any Channel) -> Bool {
    let id = ObjectIdentifier(channel)
    let isAdmitted = state.withLock { state in
      guard !state.isEnding, state.channels.count < maximum else { return false }
      state.channels[id] = channel
      return true
    }
    metrics?.count(isAdmitted ? .connections : .connectionsRefused)
    if isAdmitted { channel.closeFuture.whenComplete { [self] _ in remove(id) } }
    return isAdmitted
  }

  /// Asks every connection to finish what it has begun, and admits no other.
  ///
  /// - Returns: a future that succeeds when the last one is closed.
  func quiesce(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    let empty = eventLoop.makePromise(of: Void.self)
    let channels = state.withLock { state in
      state.isEnding = true
      if !state.channels.isEmpty { state.whenEmpty = empty }
      return Array(state.channels.values)
    }
    if channels.isEmpty { empty.succeed() }
    for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    return empty.futureResult
  }

  /// Closes every connection that is still there.
  func closeAll() {
    for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
  }

  private func remove(_ id: ObjectIdentifier) {
    let empty = state.withLock { state in
      state.channels[id] = nil
      return state.channels.isEmpty ? state.whenEmpty.take() : nil
    }
    empty?.succeed()
  }
}

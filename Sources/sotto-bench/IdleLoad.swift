import ByteLayout
import Foundation
import RelayWire

/// What a relay's memory grows by per connection that was used and now says nothing.
///
/// The traffic is puts of 1 KiB that no mailbox admits: the same frames as any others, but nothing of them goes into the
/// store, whose own cache would grow as well.
struct IdleLoad {
  /// Puts of every connection before it falls silent.
  private static let puts = 4

  let port: Int
  /// The relay's process.
  let relay: Int32

  /// Bytes per connection, with `count` of them open.
  func plain(_ count: Int) throws -> Double {
    let clients = LoadConnections()
    try clients.connectAndGreet(port: port)
    let before = try Self.residentBytes(of: relay)
    while clients.count <= count { try clients.connectAndGreet(port: port) }
    let frame = try Self.frame()
    for _ in 0..<Self.puts {
      for connection in 1...count { try clients.send(frame, on: connection) }
      var left = count
      while left > 0 { try clients.poll(milliseconds: 1_000) { _, _ in left -= 1 } }
    }
    usleep(500_000)
    return Double(try Self.residentBytes(of: relay) - before) / Double(count)
  }

  /// The same over TLS, at a relay that speaks it.
  func overTLS(_ count: Int) async throws -> Double {
    let clients = IdleTLSClients()
    let frame = try Self.frame()
    try await clients.connect(1, port: port, sending: frame, times: Self.puts)
    let before = try Self.residentBytes(of: relay)
    try await clients.connect(count + 1, port: port, sending: frame, times: Self.puts)
    usleep(500_000)
    let grown = try Self.residentBytes(of: relay) - before
    try await clients.close()
    return Double(grown) / Double(count)
  }

  /// A put into a mailbox that is not there.
  private static func frame() throws -> [UInt8] {
    try LoadFrame(mailbox: MailboxID(FixedBytes()), tag: AdmissionTag(FixedBytes())).bytes
  }

  static func residentBytes(of process: Int32) throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("Rss:") }
    guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw LoadFailure("the relay's memory cannot be read")
    }
    return kibibytes * 1_024
  }

  /// Lets this process have as many connections as the system allows.
  static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

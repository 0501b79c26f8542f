import Foundation

/// What a relay asked of its system, as strace wrote it down, and whether its receipts were honest (R1).
///
/// The envelopes' ids begin with a marker and end with a number, so that they can be found in what was written, to the
/// log and to sockets, without knowing any format but that of SQLite's log.
struct DurabilityTrace {
  /// Numbers of envelopes that were written to a socket, once each.
  private(set) var receipts: Set<UInt64> = []
  /// Of these, the ones that were not yet under a finished fsync of the log.
  private(set) var tooEarly: Set<UInt64> = []
  /// fsyncs of the log that returned 0.
  private(set) var syncs = 0

  /// Written to the log, in a transaction that is not complete there.
  private var written: Set<UInt64> = []
  private var committed: Set<UInt64> = []
  private var durable: Set<UInt64> = []
  /// The next page belongs to a frame that ends a transaction.
  private var isLastFrame = false
  /// What each running fsync covers, by thread.
  private var covered: [String: Set<UInt64>] = [:]

  private let marker: Data
  private let logName = Self.escaped("relay.sqlite-wal".utf8)

  /// strace's options that this understands; the file of the trace comes behind them.
  static let command = [
    "/usr/bin/env", "strace", "-D", "-f", "-yy", "-xx", "-s", "4200", "-e",
    "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg", "-o",
  ]

  init(_ trace: Data, marker: some Sequence<UInt8>) {
    self.marker = Self.escaped(marker)
    var unfinished: [String: Data] = [:]
    var start = trace.startIndex
    while start < trace.endIndex {
      let end = trace[start...].firstIndex(of: UInt8(ascii: "\n")) ?? trace.endIndex
      let line = trace[start..<end]
      start = min(end + 1, trace.endIndex)
      guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { continue }
      let thread = String(decoding: line[..<space], as: UTF8.self)
      let call = line[space...].drop { $0 == UInt8(ascii: " ") }
      if call.starts(with: Data("<... ".utf8)) {
        if let begun = unfinished.removeValue(forKey: thread) { finish(begun, thread, result: call) }
      } else {
        begin(call, thread)
        if call.range(of: Data("<unfinished ...>".utf8)) != nil {
          unfinished[thread] = call
        } else {
          finish(call, thread, result: call)
        }
      }
    }
  }

  private mutating func begin(_ call: Data, _ thread: String) {
    if isSync(call) {
      covered[thread] = committed
    } else if call.range(of: Data("<TCP:".utf8)) != nil {
      for number in numbers(call) {
        receipts.insert(number)
        if !durable.contains(number) { tooEarly.insert(number) }
      }
    }
  }

  private mutating func finish(_ call: Data, _ thread: String, result: Data) {
    if isSync(call) {
      guard result.suffix(3).elementsEqual("= 0".utf8) else { return }
      durable.formUnion(covered[thread] ?? [])
      syncs += 1
    } else if call.starts(with: Data("pwrite64(".utf8)), call.range(of: logName) != nil {
      if call.range(of: Data("\", 24, ".utf8)) != nil {
        isLastFrame = !pagesAfterCommit(call).elementsEqual(Self.escaped([0, 0, 0, 0]))
      } else {
        written.formUnion(numbers(call))
        guard isLastFrame else { return }
        committed.formUnion(written)
        written = []
        isLastFrame = false
      }
    }
  }

  private func isSync(_ call: Data) -> Bool {
    (call.starts(with: Data("fdatasync(".utf8)) || call.starts(with: Data("fsync(".utf8)))
      && call.range(of: logName) != nil
  }

  /// Bytes 4 to 7 of a frame's header: 0 unless the frame ends a transaction.
  private func pagesAfterCommit(_ call: Data) -> Data {
    guard let quote = call.firstIndex(of: UInt8(ascii: "\"")) else { return Data() }
    return call[(quote + 1)...].dropFirst(16).prefix(16)
  }

  private func numbers(_ call: Data) -> Set<UInt64> {
    var found: Set<UInt64> = []
    var from = call.startIndex
    while let place = call.range(of: marker, in: from..<call.endIndex) {
      from = place.upperBound
      let digits = String(decoding: call[from...].prefix(32), as: UTF8.self).split(separator: "\\x").joined()
      if let number = UInt64(digits, radix: 16) { found.insert(number) }
    }
    return found
  }

  /// As strace spells bytes with `-xx`.
  private static func escaped(_ bytes: some Sequence<UInt8>) -> Data {
    Data(bytes.map { byte in "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined().utf8)
  }
}

import Foundation
import Node
import NodeInterface
import NodeServer

/// How far a large file is, for people at a terminal: one line on standard error that writes itself anew.
enum Progress {
  private static let isShown = isatty(2) == 1

  @Sendable static func report(_ progress: TransferProgress) { show(progress.done, of: progress.total) }

  private static func show(_ done: UInt64, of total: UInt64) {
    guard isShown else { return }
    let percent = total == 0 ? 100 : done * 100 / total
    let end = done == total ? "\n" : ""
    FileHandle.standardError.write(Data("\r\(percent) % of \(total) bytes\(end)".utf8))
  }

  /// Shows what a daemon tells of files until the task is cancelled. Nothing depends on it: when it fails, nothing is shown.
  ///
  /// - Parameter chat: only of this conversation.
  static func follow(daemonAt path: String, chat: JSONValue) async {
    guard isShown else { return }
    do {
      try await DaemonClient.connect(path: path).converse { daemon in
        _ = try await daemon.call(
          "events.subscribe",
          [
            "consumer": .string("progress-\(getpid())"), "types": ["upload.progress", "download.progress"],
            "chats": [chat],
          ])
        while true {
          let told = try await daemon.nextNotification()["params"]?["event"]?["data"]
          guard let done = told?["done"]?.integer, let total = told?["total"]?.integer else { continue }
          show(UInt64(clamping: done), of: UInt64(clamping: total))
        }
      }
    } catch {
      return  // The command goes on without it.
    }
  }
}

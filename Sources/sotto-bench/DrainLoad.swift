import Foundation
import GRDBSQLite
import RelayWire

/// The owners of all mailboxes come together, fetch everything and acknowledge it page by page.
struct DrainLoad {
  let mailboxes: LoadMailboxes
  let relay: Int32
  /// The relay's database, which is looked into to see when everything is deleted.
  let database: String

  /// - Returns: until the owners have everything, and until the relay has deleted it as well.
  func run() throws -> (collected: Rate, deleted: Rate) {
    let owners = try mailboxes.owners()
    let ids = mailboxes.ids
    func fetch(_ index: Int, after: UInt64) throws {
      let command = try FetchCommand(mailbox: ids[index], after: after)
      try owners.send(LoadFrame.bytes(ClientRequest(id: 2, command: .owner(.fetch(command)))), on: index)
    }
    var count = 0
    var left = ids.count
    let watch = Stopwatch(relay: relay)
    for index in ids.indices { try fetch(index, after: 0) }
    while left > 0 {
      try owners.poll(milliseconds: 1_000) { index, message in
        guard case .page(let page) = try FrameCodec.decodeFrame([UInt8](message)).event else { return }
        count += page.items.count
        let command = try AcknowledgeCommand(mailbox: ids[index], upTo: page.end)
        try owners.send(LoadFrame.bytes(ClientRequest(id: 1, command: .owner(.acknowledge(command)))), on: index)
        if page.more { try fetch(index, after: page.end) } else { left -= 1 }
      }
    }
    let collected = watch.rate(count: count)
    while try !isEmpty() { usleep(2_000) }
    return (collected, watch.rate(count: count))
  }

  private func isEmpty() throws -> Bool {
    var handle: OpaquePointer?
    var statement: OpaquePointer?
    defer {
      sqlite3_finalize(statement)
      sqlite3_close_v2(handle)
    }
    guard sqlite3_open_v2(database, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK,
      sqlite3_prepare_v2(handle, "SELECT 1 FROM envelope LIMIT 1", -1, &statement, nil) == SQLITE_OK
    else { throw LoadFailure("the relay's database cannot be read") }
    return sqlite3_step(statement) == SQLITE_DONE
  }
}

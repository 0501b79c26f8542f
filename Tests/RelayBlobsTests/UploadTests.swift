import ByteLayout
import Foundation
import ProcessSupport
import RelayBlobs
import RelayProofs
import RelayWire
import Testing

@Suite struct `An upload` {
  private let home: BlobHome
  private let store: BlobStore

  init() throws {
    home = try BlobHome()
    store = try home.open()
  }

  @Test func `becomes a blob when its last byte is there, and not before`() throws {
    let bytes = BlobHome.bytes(BlobHome.several)
    let upload = try store.begin(BlobHome.several)
    let first = try store.send([UInt8](bytes[..<100_000]), to: upload, at: 0)
    #expect(first.offset == 100_000)
    #expect(throws: BlobStoreError.unknown) { try store.read(BlobID(upload)) }
    let second = try store.send([UInt8](bytes[100_000...]), to: upload, at: 100_000)
    #expect(second.offset == BlobHome.several)
    #expect(try store.contents(BlobID(upload)) == bytes)
  }

  @Test func `needs a grant, of this size, in time, once`() throws {
    #expect(throws: BlobStoreError.unknown) {
      try store.create(UploadCapability(FixedBytes()), fileByteCount: BlobHome.smallest)
    }
    let fresh = BlobHome.upload()
    let grant = try store.grant(try BlobHome.command(upload: fresh), entry: try BlobHome.entry())
    #expect(grant.validSeconds == 600)
    #expect(throws: BlobStoreError.tooLarge) { try store.create(fresh, fileByteCount: BlobHome.several) }
    home.advance(by: .seconds(600))
    #expect(throws: BlobStoreError.unknown) { try store.create(fresh, fileByteCount: BlobHome.smallest) }
    let (upload, _) = try store.fill()
    try store.delete(upload)
    #expect(throws: BlobStoreError.unknown) { try store.create(upload, fileByteCount: BlobHome.smallest) }
  }

  @Test func `that is begun again tells how far it is`() throws {
    let upload = try store.begin()
    _ = try store.send([1, 2, 3], to: upload, at: 0)
    #expect(try store.create(upload, fileByteCount: BlobHome.smallest).offset == 3)
  }

  @Test(arguments: [0, 2, 4, 16_458]) func `is not continued at another place than its end`(offset: UInt64) throws {
    let upload = try store.begin()
    _ = try store.send([1, 2, 3], to: upload, at: 0)
    #expect(throws: BlobStoreError.otherOffset(3)) { try store.write(to: upload, at: offset) }
    #expect(try store.state(of: upload).offset == 3)
  }

  @Test func `takes no byte more than was granted`() throws {
    let upload = try store.begin()
    let writer = try store.write(to: upload, at: 0)
    let bytes = BlobHome.bytes(BlobHome.smallest + 1)
    #expect(throws: BlobStoreError.tooLarge) { try bytes.withUnsafeBytes { try writer.append($0) } }
    store.abandon(writer, discards: false)
    #expect(try store.state(of: upload).offset == 0)
  }

  @Test func `that was cut off goes on where it was, also in another process`() throws {
    let bytes = BlobHome.bytes(BlobHome.smallest)
    let upload = try store.begin()
    let writer = try store.write(to: upload, at: 0)
    try [UInt8](bytes[..<5_000]).withUnsafeBytes { try writer.append($0) }
    let later = try home.open()
    #expect(try later.state(of: upload).offset == 5_000)
    _ = try later.send([UInt8](bytes[5_000...]), to: upload, at: 5_000)
    #expect(try later.contents(BlobID(upload)) == bytes)
  }

  @Test func `that a crash ended before it was announced is announced when it is asked about`() throws {
    let bytes = BlobHome.bytes(BlobHome.smallest)
    let upload = try store.begin()
    let writer = try store.write(to: upload, at: 0)
    try bytes.withUnsafeBytes { try writer.append($0) }
    let later = try home.open()
    #expect(throws: BlobStoreError.unknown) { try later.read(BlobID(upload)) }
    #expect(try later.state(of: upload).offset == BlobHome.smallest)
    #expect(try later.contents(BlobID(upload)) == bytes)
  }

  @Test func `belongs to the latest request that goes on with it`() throws {
    let upload = try store.begin()
    let dead = try store.write(to: upload, at: 0)
    try [UInt8]([1, 2]).withUnsafeBytes { try dead.append($0) }
    let alive = try store.write(to: upload, at: 2)
    #expect(throws: BlobStoreError.superseded) { try [UInt8]([9]).withUnsafeBytes { try dead.append($0) } }
    #expect(throws: BlobStoreError.superseded) { try store.finish(dead) }
    store.abandon(dead, discards: true)
    try [UInt8]([3]).withUnsafeBytes { try alive.append($0) }
    #expect(try store.finish(alive).offset == 3)
  }

  @Test func `takes back what a wrong checksum came with`() throws {
    let upload = try store.begin()
    _ = try store.send([1, 2, 3], to: upload, at: 0)
    let writer = try store.write(to: upload, at: 3)
    try [UInt8]([4, 5]).withUnsafeBytes { try writer.append($0) }
    store.abandon(writer, discards: true)
    #expect(try store.state(of: upload).offset == 3)
  }

  @Test func `is deleted by its capability, finished or not, and its id deletes nothing`() throws {
    let (upload, id) = try store.fill()
    #expect(throws: BlobStoreError.unknown) { try store.delete(UploadCapability(id.bytes)) }
    #expect(try store.contents(id).count == Int(BlobHome.smallest))
    try store.delete(upload)
    #expect(throws: BlobStoreError.unknown) { try store.read(id) }
    #expect(throws: BlobStoreError.unknown) { try store.delete(upload) }
    let begun = try store.begin()
    try store.delete(begun)
    #expect(throws: BlobStoreError.unknown) { try store.state(of: begun) }
    #expect(try BlobMaintenance.statistics(path: home.path) == BlobMaintenance.Statistics())
  }

  @Test func `and a blob have names on the disk from which neither capability nor id follow`() throws {
    let (upload, id) = try store.fill()
    let begun = try store.begin()
    let files = try FileManager.default.subpathsOfDirectory(atPath: home.path).filter { $0.count > 2 }
    #expect(files.count == 2)
    for secret in [upload.bytes, id.bytes, begun.bytes, BlobID(begun).bytes] {
      for file in files { #expect(!file.contains(secret.description)) }
      let raw = Data(secret.array)
      for file in files {
        let contents = try Data(contentsOf: URL(fileURLWithPath: home.path + "/" + file))
        #expect(contents.range(of: raw) == nil)
      }
    }
  }
}

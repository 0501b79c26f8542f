import Foundation
import Synchronization
import Testing
import Vault

@Suite struct `A crash during an erasure` {
  /// Where to crash.
  enum Point: CaseIterable, Hashable, Sendable {
    case rootStored, willCommit, didCommit, logTruncated, oldRootWiped

    /// Whether the transaction was durable then.
    var isDurable: Bool { self != .rootStored && self != .willCommit }
  }

  struct Crash: Error {}

  /// Copies the files at one point, as they lie on the disk then, and throws.
  private final class CrashingGate: CommitGate {
    let point: Point
    private let take: @Sendable () throws -> VaultHome
    private let taken = Mutex<Taken>(Taken())

    struct Taken { nonisolated(unsafe) var home: VaultHome? }

    init(_ point: Point, _ take: @escaping @Sendable () throws -> VaultHome) {
      self.point = point
      self.take = take
    }

    var home: VaultHome? { taken.withLock { $0.home } }

    private func reached(_ point: Point) throws {
      guard point == self.point else { return }
      let home = try take()
      taken.withLock { $0.home = home }
      throw Crash()
    }

    func willCommit(_ number: Int) throws { try reached(.willCommit) }
    func didCommit(_ number: Int) throws { try reached(.didCommit) }
    func erasureReached(_ step: ErasureStep) throws {
      switch step {
      case .rootStored: try reached(.rootStored)
      case .logTruncated: try reached(.logTruncated)
      case .oldRootWiped: try reached(.oldRootWiped)
      }
    }
  }

  @Test(arguments: Point.allCases) func `leaves a vault that opens, whole or erased`(point: Point) throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    let directory = home.directory
    let keyFile = home.keyFile
    let gate = CrashingGate(point) {
      let copy = try VaultHome()
      try FileManager.default.copyItem(atPath: directory, toPath: copy.directory)
      try FileManager.default.copyItem(atPath: keyFile, toPath: copy.keyFile)
      return copy
    }
    do {
      let vault = try home.open(gate: gate)
      #expect(throws: Crash.self) { try vault.eraseMessages(`Erasing messages`.erased) }
      // The same process goes on, if it wants to.
      try `Erasing messages`.expect(vault, erased: point.isDurable)
    }
    for crashed in [try #require(gate.home), home] {
      let vault = try crashed.open()
      try `Erasing messages`.expect(vault, erased: point.isDurable)
      try vault.check()
      // Exactly one slot holds something, that of the generation.
      let slots = try `Erasing messages`.slots(crashed)
      #expect(slots.odd.allSatisfy { $0 == 0 } == point.isDurable)
      #expect(slots.even.allSatisfy { $0 == 0 } != point.isDurable)
      try vault.eraseMessages(`Erasing messages`.erased)
      try `Erasing messages`.expect(vault, erased: true)
    }
  }

  @Test func `in the middle of a slot leaves the other one`() throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    // Generation 2 goes to slot 0; half of it was written.
    try home.edit(home.erasureKey) { bytes in for index in 0..<40 { bytes[index] = UInt8(index) } }
    let vault = try home.open()
    try `Erasing messages`.expect(vault, erased: false)
    #expect(try `Erasing messages`.slots(home).even.allSatisfy { $0 == 0 })
  }
}

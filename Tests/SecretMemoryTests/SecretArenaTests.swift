import Foundation
import SecretMemory
import Testing

/// Where a secret lies.
private func address(of secret: borrowing SecretBytes) -> UInt {
  secret.withBytes { $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
}

/// Keeps secrets alive in an array, which cannot hold values that are not copyable.
private final class Holder {
  let secret: SecretBytes
  init(byteCount: Int, pattern: UInt8) throws(SecretMemoryError) {
    secret = try SecretBytes(byteCount: byteCount) { span in
      for index in 0..<byteCount { span.storeBytes(of: pattern, toByteOffset: index, as: UInt8.self) }
    }
  }
}

private func isFilled(_ span: RawSpan, with pattern: UInt8) -> Bool {
  (0..<span.byteCount).allSatisfy { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == pattern }
}

@Suite struct `Secret arena` {
  /// The slots of one size, by the largest secret that fits.
  static let slotByteCounts = [64, 512, 4_096, 32_768, 262_144]

  @Test(arguments: slotByteCounts)
  func `a slot is wiped before it is handed out again`(byteCount: Int) async {
    // In a process of its own, where nobody else takes the slot between the two looks at it.
    await #expect(processExitsWith: .success) { [byteCount = byteCount as Int] in
      func useOnce() throws -> UInt { address(of: try Holder(byteCount: byteCount, pattern: 0xa5).secret) }
      let first = try useOnce()
      var wasZero = false
      let again = try SecretBytes(byteCount: byteCount) { span in wasZero = isFilled(span.bytes, with: 0) }
      precondition(address(of: again) == first, "the slot that was returned last is taken first")
      precondition(wasZero, "the slot was wiped")
    }
  }

  @Test(arguments: slotByteCounts)
  func `all of a slot is wiped, not only what its secret used`(byteCount: Int) async {
    await #expect(processExitsWith: .success) { [byteCount = byteCount as Int] in
      // Fills the slot, gives it back, takes it for the smallest secret of its size, gives it back, looks at all of it.
      func use(_ count: Int) throws -> UInt { address(of: try Holder(byteCount: count, pattern: 0xff).secret) }
      let first = try use(byteCount)
      let second = try use(byteCount == 64 ? 1 : byteCount / 8 + 1)
      precondition(second == first, "both sizes use the same slots")
      var wasZero = false
      let again = try SecretBytes(byteCount: byteCount) { span in wasZero = isFilled(span.bytes, with: 0) }
      precondition(address(of: again) == first && wasZero, "the slot was wiped")
    }
  }

  @Test func `a slot is wiped when filling it was refused`() async {
    await #expect(processExitsWith: .success) {
      enum Refusal: Error { case onPurpose, memory(SecretMemoryError) }
      var place: UInt = 0
      do throws(Refusal) {
        _ = try SecretBytes(byteCount: 64, wrapping: Refusal.memory) { span throws(Refusal) in
          for index in 0..<64 { span.storeBytes(of: 0xee, toByteOffset: index, as: UInt8.self) }
          place = span.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
          throw .onPurpose
        }.byteCount
        preconditionFailure("the refusal is passed on")
      } catch {}
      var wasZero = false
      let again = try SecretBytes(byteCount: 64) { span in wasZero = isFilled(span.bytes, with: 0) }
      precondition(address(of: again) == place && wasZero, "the slot was wiped")
    }
  }

  @Test func `two secrets never share a slot`() throws {
    let holders = try (0..<200).map { try Holder(byteCount: 64, pattern: UInt8($0)) }
    let places = holders.map { address(of: $0.secret) }.sorted()
    for (left, right) in zip(places, places.dropFirst()) { #expect(right - left >= 64) }
    for (index, holder) in holders.enumerated() {
      #expect(holder.secret.withBytes { isFilled($0, with: UInt8(index)) })
    }
  }

  @Test(arguments: [64, 4_096, 262_144])
  func `an exhausted arena says so and recovers when secrets end`(byteCount: Int) async {
    // In a process of its own: nobody else here would get a slot while it lasts.
    await #expect(processExitsWith: .success) { [byteCount = byteCount as Int] in
      var holders: [Holder] = []
      var refusal: SecretMemoryError?
      while refusal == nil {
        do throws(SecretMemoryError) {
          holders.append(try Holder(byteCount: byteCount, pattern: 1))
        } catch {
          refusal = error
        }
      }
      guard case .arenaExhausted(let limit) = refusal else { preconditionFailure("\(String(describing: refusal))") }
      precondition(limit <= 8 * 1_024 * 1_024, "within the usual RLIMIT_MEMLOCK")
      precondition(holders.count * byteCount <= limit, "no more was handed out than the bound")
      precondition(holders.count * byteCount > limit - 65_536 - byteCount, "all of it was handed out")
      do throws(SecretMemoryError) {
        holders.append(try Holder(byteCount: byteCount, pattern: 1))
        preconditionFailure("still exhausted")
      } catch {
        precondition(error == refusal, "and says the same again")
      }
      holders.removeLast()
      holders.append(try Holder(byteCount: byteCount, pattern: 2))
      holders.removeAll()
      holders = try (0..<5).map { _ in try Holder(byteCount: byteCount, pattern: 3) }
      precondition(holders.allSatisfy { $0.secret.withBytes { isFilled($0, with: 3) } }, "usable again")
    }
  }

  @Test func `many tasks take and return slots without meeting each other`() async throws {
    try await withThrowingTaskGroup { group in
      for task in 1...8 {
        group.addTask { @concurrent in
          let pattern = UInt8(task)
          for round in 0..<400 {
            let byteCount = [32, 64, 500, 4_000][round % 4]
            var wasZero = false
            let secret = try SecretBytes(byteCount: byteCount) { span in
              wasZero = isFilled(span.bytes, with: 0)
              for index in 0..<byteCount { span.storeBytes(of: pattern, toByteOffset: index, as: UInt8.self) }
            }
            #expect(wasZero)
            if round % 16 == 0 { await Task.yield() }
            let intact = secret.withBytes { isFilled($0, with: pattern) }
            #expect(intact)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(arguments: slotByteCounts)
  func `the memory of a secret is locked and left out of core dumps`(byteCount: Int) throws {
    let holder = try Holder(byteCount: byteCount, pattern: 0x5a)
    let place = address(of: holder.secret)
    let flags = try Self.kernelFlags(at: place)
    #expect(flags.contains("lo"), "locked: never written to swap")
    #expect(flags.contains("dd"), "excluded from core dumps")
    #expect(try Self.kernelFlags(at: place + UInt(byteCount) - 1) == flags)
    // The control: ordinary memory has neither, so the two lines above can fail.
    let ordinary = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
    defer { ordinary.deallocate() }
    let ordinaryFlags = try Self.kernelFlags(at: UInt(bitPattern: ordinary))
    #expect(!ordinaryFlags.contains("lo") && !ordinaryFlags.contains("dd"))
  }

  @Test func `reading beyond the region ends the process`() async {
    await #expect(processExitsWith: .failure) {
      // One slot fills a region of this size: right behind it lies the guard page.
      let secret = try SecretBytes(byteCount: 262_144) { _ in }
      let beyond = secret.withBytes { $0.withUnsafeBytes { $0.baseAddress.map { $0 + 262_144 } } }
      _ = beyond?.load(as: UInt8.self)
    }
  }

  /// The `VmFlags` of the mapping that holds `address`.
  private static func kernelFlags(at address: UInt) throws -> Set<String> {
    // To the end: the kernel hands out the table in pieces, and the file has no size to go by.
    let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var isInside = false
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let bounds = words[0].split(separator: "-")
      if bounds.count == 2, let start = UInt(bounds[0], radix: 16), let end = UInt(bounds[1], radix: 16) {
        isInside = (start..<end).contains(address)
      } else if isInside, words[0] == "VmFlags:" {
        return Set(words.dropFirst().map(String.init))
      }
    }
    throw POSIXError(.EFAULT)
  }
}

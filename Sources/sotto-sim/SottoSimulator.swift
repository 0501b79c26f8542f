import ArgumentParser
import Dispatch
import Foundation
import Simulation
import Synchronization

/// `sotto-sim`: many nodes, relays and a network that does its worst, in one process, by seed.
@main
struct SottoSimulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto-sim",
    abstract: "Simulate many nodes and relays while everything goes wrong.",
    discussion: """
      Every run is decided by its seed: nodes with real vaults, relays with real stores, a virtual clock, a network that \
      loses, doubles, delays and reorders, crashes at every commit, full disks, wrong clocks, replays, lies. Afterwards \
      nothing may be lost, doubled or invented. A seed that fails is printed; run it alone to see each step:

        sotto-sim --seed 4711
      """)

  @Option(help: ArgumentHelp("How many runs, with the seeds from --from on.", valueName: "number"))
  var seeds = 200

  @Option(help: ArgumentHelp("The first seed.", valueName: "seed"))
  var from: UInt64 = 1

  @Option(help: ArgumentHelp("Run this seed alone, and print every step.", valueName: "seed"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("How much happens in a run before the network becomes good.", valueName: "number"))
  var steps = 120

  @Option(help: ArgumentHelp("How many runs at once.", valueName: "number"))
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Flag(help: "End with the first run that fails.") var untilFailure = false

  func validate() throws {
    guard seeds >= 1, steps >= 1, (1...64).contains(jobs) else {
      throw ValidationError("--seeds and --steps start at 1, --jobs goes from 1 to 64.")
    }
    guard !from.addingReportingOverflow(UInt64(seeds)).overflow else { throw ValidationError("--from is too large.") }
  }

  func run() throws {
    if let seed { return try runAlone(seed) }
    let began = ContinuousClock.now
    let total = Mutex(InjectionCount())
    let failures = Mutex<[(seed: UInt64, reason: String)]>([])
    let next = Mutex(from)
    let end = from + UInt64(seeds)
    let (steps, untilFailure) = (steps, untilFailure)
    DispatchQueue.concurrentPerform(iterations: jobs) { _ in
      while let seed = next.withLock({ next -> UInt64? in
        guard next < end, !untilFailure || failures.withLock({ $0.isEmpty }) else { return nil }
        defer { next += 1 }
        return next
      }) {
        let world = World(seed: seed)
        do { try world.run(steps: steps) } catch { failures.withLock { $0.append((seed, "\(error)")) } }
        total.withLock { $0.add(world.injected) }
      }
    }
    let counted = total.withLock { $0 }
    print(
      "\(seeds) runs of \(steps) steps, \(counted.messages) messages, in \((ContinuousClock.now - began).formatted())")
    for (injection, count) in counted.counts.sorted(by: { $0.key < $1.key }) {
      print("  \(String(repeating: " ", count: max(0, 8 - String(count).count)))\(count)  \(injection.rawValue)")
    }
    let failed = failures.withLock { $0.sorted { $0.seed < $1.seed } }
    for failure in failed.prefix(20) { print("seed \(failure.seed): \(failure.reason)") }
    print("\(seeds - failed.count) passed, \(failed.count) failed")
    if let first = failed.first {
      print("To see it step by step: sotto-sim --seed \(first.seed) --steps \(steps)")
      throw ExitCode.failure
    }
  }

  private func runAlone(_ seed: UInt64) throws {
    let world = World(seed: seed) { print($0) }
    do { try world.run(steps: steps) } catch {
      print("seed \(seed): \(error)")
      throw ExitCode.failure
    }
    print("seed \(seed): everything holds")
  }
}

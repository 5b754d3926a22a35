// The wire of a TLS engine that has no wire: a Duplex whose written octets are collected and whose read side is fed by
// hand. Everything TLS makes of an inbound message is written inside `push()`, provided that the previous write is done.

import { Duplex } from 'node:stream';

export class TlsPipe extends Duplex {
  private outbound: Uint8Array[] = [];
  private wrote: () => void = () => undefined;
  private readonly first = new Promise<void>(resolve => {
    this.wrote = resolve;
  });
  private written: Promise<void> = Promise.resolve();
  /** TLS starts to read in a later tick than it is made; what is pushed before waits, and its answer with it. */
  private readonly reading = new Promise<void>(resolve => {
    this.once('resume', resolve);
  });

  override _read(): void {
    // Fed by `deliver` only.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    // A copy of exactly these octets: TLS reuses its buffer, and a pooled one would be cloned whole to another thread.
    this.outbound.push(new Uint8Array(chunk));
    this.wrote();
    done();
    // Node's stream adapter tells TLS that a write has ended by an immediate, queued in the tick after `done`, and TLS
    // writes nothing before it knows. Ours is queued behind that one, whatever else is pending: an order, not a delay.
    this.written = new Promise(resolve => process.nextTick(() => setImmediate(resolve)));
  }

  /** Feeds one message; when this resolves TLS has processed it and written its answer. */
  async deliver(message: Uint8Array): Promise<void> {
    await this.reading;
    await this.idle();
    this.push(message);
  }

  /** Resolves when the side that speaks first has spoken. */
  async firstWrite(): Promise<void> {
    await this.first;
  }

  /** Resolves once TLS knows that what it wrote has been taken. */
  async idle(): Promise<void> {
    await this.written;
  }

  /** What was written since the last call. */
  takeWritten(): Uint8Array {
    const [first, ...more] = this.outbound;
    this.outbound = [];
    if (first === undefined) return new Uint8Array();
    if (more.length === 0) return first;
    const all = Buffer.concat([first, ...more]);
    return new Uint8Array(all);
  }
}

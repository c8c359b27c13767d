// GraphiQL shows the last message of a subscription only. A stream is easier to follow as a list, newest first; and when
// the connection breaks, what came before stays in sight.

const MESSAGES_SHOWN = 50;
// However fast the messages come, the list is shown a few times a second: a replay of a long log would otherwise freeze
// the page.
const SHOWN_EVERY_MS = 150;

/** Turn an iterator of messages into one of lists: `{ errors?, received, newestFirst }`. */
export function listMessages(messages) {
  const list = new MessageList();
  const shown = list.show();
  // A generator's own `return` would wait for its next value. This one ends the subscription at once and shows nothing
  // more: by then, another tab may be in front.
  shown.return = () => {
    list.stop();
    return messages.return();
  };
  void list.collect(messages);
  return shown;
}

class MessageList {
  #newestFirst = [];
  #received = 0;
  #problem = null;
  #hasNews = false;
  #isOver = false;
  #isStopped = false;
  #wake = () => {};

  async collect(messages) {
    try {
      for await (const message of messages) {
        this.#received += 1;
        this.#newestFirst.unshift(message);
        this.#newestFirst.splice(MESSAGES_SHOWN);
        this.#tell();
      }
    } catch (reason) {
      this.#problem = { errors: describeProblem(reason) };
      this.#tell();
    }
    this.#isOver = true;
    this.#wake();
  }

  async *show() {
    while (this.#hasNews || !this.#isOver) {
      if (!this.#hasNews) await new Promise((resolve) => (this.#wake = resolve));
      if (this.#isStopped) return;
      if (this.#hasNews) {
        this.#hasNews = false;
        yield { ...this.#problem, received: this.#received, newestFirst: this.#newestFirst };
        await new Promise((resolve) => setTimeout(resolve, SHOWN_EVERY_MS));
      }
    }
  }

  stop() {
    this.#isStopped = true;
    this.#wake();
  }

  #tell() {
    this.#hasNews = true;
    this.#wake();
  }
}

function describeProblem(reason) {
  if (Array.isArray(reason)) return reason;
  if (reason instanceof CloseEvent) {
    const why = reason.reason ? `: ${reason.reason}` : '';
    return [{ message: `The connection was closed with code ${reason.code}${why}.` }];
  }
  return [{ message: reason instanceof Error ? reason.message : 'The connection could not be opened.' }];
}

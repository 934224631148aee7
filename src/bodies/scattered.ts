/** So many chunks may be of any size; with more of them, so many bytes must come with each on the average. */
const many = 1000
const least = 64

/**
 * Tells a body that comes in tiny pieces: a chunk takes as much work as some hundred bytes, so that a client who sends each
 * byte as one keeps the process busy with a hundredth of what it would have to send otherwise.
 * @returns what is told of each chunk's bytes, and says whether there were too many by now
 */
export function createScatterCheck(): (bytes: number) => boolean {
  let chunks = 0
  let received = 0
  return (bytes) => {
    chunks++
    received += bytes
    return chunks > many && received < chunks * least
  }
}

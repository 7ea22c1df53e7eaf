//! Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>) as
//! they come in, piece by piece, wherever the network cuts them.

/// Reads the data of a stream's events. The edge ends its lines with a line feed alone, and gives each event one line
/// of data.
#[derive(Debug, Default)]
pub struct Feed {
    /// What has come of the line that is not whole yet.
    line: Vec<u8>,
}

impl Feed {
    /// Takes the next piece, and returns the data that has become whole.
    pub fn push(&mut self, piece: &[u8]) -> Vec<String> {
        let mut data = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            // Only whole lines are read as text: a character may be cut in two.
            let line = String::from_utf8_lossy(&self.line);
            if let Some(value) = line.strip_prefix("data:") {
                data.push(value.trim().to_owned());
            }
            self.line.clear();
        }
        data
    }
}

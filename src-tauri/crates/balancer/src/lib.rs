//! What an answer means, who is next, and who is out until when.

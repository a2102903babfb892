"""What happened over weeks: a page each question, all in one frame. How to add one is said in `frame`."""

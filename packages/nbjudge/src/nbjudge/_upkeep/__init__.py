"""What looks after a course: is it in order, and what is kept of a learner."""

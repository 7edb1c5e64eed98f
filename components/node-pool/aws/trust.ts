/** An IAM policy document. */
export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: readonly object[];
}

/** Lets machines take a role, and nobody else. */
export const machineTrust = (): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
});

/**
 * AWS's own policy for the agent of Systems Manager: a shell through AWS instead of an open port. What else a machine
 * may do, nothing, is what is left out.
 */
export const SESSION_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

/** Lets a machine tell its own group that it is ready, or that it never will be. */
export const lifecyclePolicy = (groupArn: string): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "autoscaling:CompleteLifecycleAction", Resource: groupArn }],
});

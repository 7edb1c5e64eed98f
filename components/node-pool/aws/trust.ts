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
 * What the agent of Systems Manager needs for a shell through AWS instead of an open port, and nothing else. AWS's own
 * AmazonSSMManagedInstanceCore also lets it read every parameter of the account. On everything, because the channels take
 * no resource, and the report of itself would take the machine's, which comes after the role.
 */
export const sessionPolicy = (): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ],
      Resource: "*",
    },
  ],
});

/** Lets a machine tell its own group that it is ready, or that it never will be. */
export const lifecyclePolicy = (groupArn: string): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "autoscaling:CompleteLifecycleAction", Resource: groupArn }],
});
